"""The rules of what reaches payroll 工资联动. Pure: pay, outcomes and days come in with the call."""
