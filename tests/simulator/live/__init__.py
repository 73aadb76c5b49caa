"""The live view: what it folds, how it looks, when it draws."""
