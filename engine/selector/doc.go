// Package selector answers --select, --exclude and YAML selectors: which nodes
// of a manifest a user means.
//
//   - spec.go: the grammar of one criterion ("@2+tag:nightly+1") and of unions and
//     intersections, as in dbt's selector_spec.py; [ParseArgs] reads the command line.
//   - yaml.go: [ParseSelectors] reads the definitions of selectors.yml.
//   - methods.go: what each method ("tag:", "config.materialized:") matches.
//   - select.go: a [Selector] walks a [Spec], adds parents, children and tests.
//   - state.go, contract.go: state:, result: and source_status:, which compare with
//     the artifacts of earlier runs in [Options.State].
package selector
