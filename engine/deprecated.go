package engine

import (
	"time"

	"github.com/gdbt-dev/gdbt/engine/event"
	"github.com/gdbt-dev/gdbt/engine/manifest"
)

// itertoolsUsed tells that a template called a function of modules.itertools.
func (p *Project) itertoolsUsed() error {
	return p.bus.Warn(event.NewDeprecation("ModulesItertoolsUsageDeprecation",
		"Usage of itertools modules is deprecated. Please use the built-in functions instead.", nil))
}

// warnDeprecated tells of models past their deprecation date and of references to models that have one
// (core/parser/manifest.py, check_for_model_deprecations).
func (p *Project) warnDeprecated(m *manifest.Manifest) error {
	for _, id := range m.NodeOrder {
		n := m.Nodes[id]
		if n == nil || n.DeprecationDate == nil {
			continue
		}
		date := *n.DeprecationDate
		at, err := time.Parse(time.RFC3339Nano, date)
		past := err == nil && at.Before(p.now())
		version := manifest.VersionString(n.Version)
		if past {
			if err := p.bus.Warn(event.DeprecatedModel{ModelName: n.Name, ModelVersion: version, DeprecationDate: date}); err != nil {
				return err
			}
		}
		for _, child := range m.ChildMap[id] {
			c := m.Nodes[child]
			if c == nil || c.ResourceType != manifest.Model {
				continue
			}
			latest := "None"
			if n.LatestVersion != nil {
				latest = manifest.VersionString(n.LatestVersion)
			}
			ref := event.DeprecatedRef{
				ModelName: c.Name, Package: n.PackageName, Name: n.Name, Version: version, LatestVersion: latest, DeprecationDate: date,
			}
			var e event.Event = event.UpcomingReferenceDeprecation(ref)
			if past {
				e = event.DeprecatedReference(ref)
			}
			if err := p.bus.Warn(e); err != nil {
				return err
			}
		}
	}
	return nil
}
