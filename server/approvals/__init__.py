"""Approval of broadcasts: the court's rules as data, applications and the steps that sign them."""
