"""Language models: one way to ask, several ways to reach one."""
