// Package yamldoc reads YAML as dbt's users know it: yaml.v3 parses and keeps the
// position of every value, PyYAML's rules (YAML 1.1) decide what a plain scalar
// means.
//
//   - [Parse] gives a [Document] with positions, within [Limits]; syntax errors are
//     diagnostics in dbt's words.
//   - [Document.Value] and [ToValue] turn nodes into plain Go values: nil, bool, int64,
//     *big.Int, float64, string, [Date], [Time], []byte, []any and [*Map].
//   - [Object] walks a mapping against known keys and reports the rest.
package yamldoc
