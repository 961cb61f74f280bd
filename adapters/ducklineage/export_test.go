package ducklineage

// WithPivotValues is for tests.
var WithPivotValues = withPivotValues
