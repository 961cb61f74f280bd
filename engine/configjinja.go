package engine

import (
	"time"

	"github.com/gdbt-dev/gdbt/engine/config"
	"github.com/gdbt-dev/gdbt/engine/dbtjinja"
	"github.com/gdbt-dev/gdbt/engine/event"
	"github.com/gdbt-dev/gdbt/engine/jinja"
	"github.com/gdbt-dev/gdbt/engine/jinja/pymod"
)

// configContext is what Jinja in dbt_project.yml, profiles.yml and packages.yml sees of dbt's BaseContext. The flags
// must be settled. What log() and print() are given shows no secrets.
func (p *Project) configContext() jinja.Context {
	started := p.started
	if started.IsZero() {
		// Commands without an open project begin here.
		started = time.Now()
		if p.opts.Now != nil {
			started = p.opts.Now()
		}
	}
	s := &dbtjinja.Session{
		Flags: p.flagMap(), Modules: pymod.Modules(p.itertoolsUsed), InvocationID: p.bus.InvocationID(), RunStartedAt: started.UTC(),
		DBTVersion: config.DbtVersion, MetadataEnvs: p.metadataEnvs(),
		Log: func(msg string, info bool, _ *dbtjinja.Context) {
			if msg = config.HideSecrets(msg); info {
				p.bus.Emit(event.JinjaLogInfo{Msg: msg})
			} else {
				p.bus.Emit(event.JinjaLogDebug{Msg: msg})
			}
		},
		Print: func(msg string, _ *dbtjinja.Context) {
			if p.flags.Print {
				p.bus.Emit(event.PrintEvent{Msg: config.HideSecrets(msg)})
			}
		},
	}
	return s.ConfigContext()
}
