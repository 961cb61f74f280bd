package main

// Case is the integration tests of one package.
type Case struct {
	Name string
	// Folder is the package's checkout, Project the folder of its tests in it.
	Folder, Project string
	// Packages are what the project's packages.yml asks for, by name: the checkout, or a folder of the package's own.
	Packages map[string]string
	// Targets says where the tests run; nil is everywhere.
	Targets []string
	Env     []string
	Steps   [][]string
}

// utils is what many packages need beside themselves.
const utils = "dbt-utils"

func seedRunTest() [][]string {
	return [][]string{{"seed", "--full-refresh"}, {"run", "--full-refresh"}, {"test"}}
}

// Cases lists the packages, with the commands by which they test themselves (their run_test.sh and tox.ini).
func Cases() []Case {
	return []Case{
		{Name: "dbt_utils", Folder: utils, Project: "integration_tests", Packages: map[string]string{"dbt_utils": utils}, Steps: seedRunTest()},
		{Name: "dbt_expectations", Folder: "dbt-expectations", Project: "integration_tests",
			Packages: map[string]string{"dbt_expectations": "dbt-expectations", "dbt_date": "dbt-date"}, Steps: seedRunTest()},
		{Name: "dbt_date", Folder: "dbt-date", Project: "integration_tests", Packages: map[string]string{"dbt_date": "dbt-date"}, Steps: seedRunTest()},
		{Name: "codegen", Folder: "dbt-codegen", Project: "integration_tests", Packages: map[string]string{"codegen": "dbt-codegen", "dbt_utils": utils},
			Steps: append([][]string{{"run-operation", "create_source_table"}}, seedRunTest()...)},
		{Name: "audit_helper", Folder: "dbt-audit-helper", Project: "integration_tests", Packages: map[string]string{"audit_helper": "dbt-audit-helper", "dbt_utils": utils},
			Steps: seedRunTest()},
		{Name: "project_evaluator", Folder: "dbt-project-evaluator", Project: "integration_tests",
			Packages: map[string]string{"dbt_project_evaluator": "dbt-project-evaluator", "dbt_utils": utils, "exclude_package": "dbt-project-evaluator/integration_tests/exclude_package"},
			Steps:    [][]string{{"build", "--full-refresh"}, {"build"}}},
		{Name: "project_evaluator_2", Folder: "dbt-project-evaluator", Project: "integration_tests_2",
			Packages: map[string]string{"dbt_project_evaluator": "dbt-project-evaluator", "dbt_utils": utils},
			Steps:    [][]string{{"seed", "--full-refresh"}, {"run", "--full-refresh"}}},
		{Name: "project_evaluator_sl", Folder: "dbt-project-evaluator", Project: "integration_tests_sl",
			Packages: map[string]string{"dbt_project_evaluator": "dbt-project-evaluator", "dbt_utils": utils, "exclude_package": "dbt-project-evaluator/integration_tests_sl/exclude_package"},
			Steps:    [][]string{{"build", "--full-refresh"}}},
		{Name: "elementary", Folder: "dbt-data-reliability", Project: "integration_tests/dbt_project",
			Packages: map[string]string{"elementary": "dbt-data-reliability", "dbt_utils": utils},
			Steps:    [][]string{{"run"}, {"test"}, {"build"}}},
		{Name: "dbt_artifacts", Folder: "dbt_artifacts", Project: "integration_test_project", Packages: map[string]string{"dbt_artifacts": "dbt_artifacts"},
			Env: []string{"DBT_ENV_CUSTOM_ENV_FAVOURITE_COLOUR=green"}, Steps: [][]string{{"build"}, {"build"}}},
	}
}
