"""Lying proposers, what they try, and whether each rule that stops them is needed."""
