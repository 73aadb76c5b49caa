"""Small changes to the chain's code, made by mutmut, and who notices."""
