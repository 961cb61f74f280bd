package main

import (
	"github.com/gdbt-dev/gdbt/engine/config"
)

// emulateVariable chooses the dbt that tools see: its version in --version, the log and the artifacts, and the events that go
// with it. How projects are read and run stays that of dbt 1.11.
const emulateVariable = "GDBT_EMULATE"

// emulated is a dbt that tools may take this program for.
type emulated struct {
	version string
	// nodeFinished writes the events NodeFinished to the JSON log at every level: orchestrators read them in place of
	// LogModelResult and its like when the version is 2.
	nodeFinished bool
}

// emulation reads GDBT_EMULATE: 1 (the default) or 2, or a version that starts so.
func (p *process) emulation() (emulated, error) {
	value, _ := p.lookupEnv(emulateVariable)
	switch value {
	case "", "1", "1.x", "1.11", config.DbtVersion:
		return emulated{version: config.DbtVersion}, nil
	case "2", "2.x", "2.0", dbt2:
		return emulated{version: dbt2, nodeFinished: true}, nil
	}
	return emulated{}, usagef(nil, "%s is '%s'; it can be 1 (dbt %s) or 2 (dbt %s)", emulateVariable, value, config.DbtVersion, dbt2)
}

const dbt2 = "2.0.0"
