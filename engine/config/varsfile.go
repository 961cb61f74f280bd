package config

import (
	"path/filepath"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// readVars reads vars.yml, which holds the variables of a project in the place of the vars: of dbt_project.yml (dbt 1.12,
// dbt/config/project.py). Both together are an error.
func (p *RawProject) readVars() error {
	doc, data, err := readOptional(filepath.Join(p.Root, VarsFile), VarsFile)
	if err != nil || data == nil {
		return err
	}
	v, ok := data.Get("vars")
	if !ok || v == nil {
		return nil
	}
	m, ok := v.(*yamldoc.Map)
	if !ok {
		return doc.Errorf(doc.Find(doc.Root, "vars"), diag.RuntimeError, "vars of %s is not a dictionary", VarsFile).WithCode("bad-vars")
	}
	if m.Len() == 0 {
		return nil
	}
	if there, _ := p.Data.Get("vars"); yamldoc.Truth(there) {
		return p.Doc.Errorf(p.Doc.FindKey(p.Doc.Root, "vars"), diag.RuntimeError, "Variables cannot be defined in both %s and %s. ", VarsFile, ProjectFile).
			WithCode("vars-twice").WithHint("move the vars: of %s to %s", ProjectFile, VarsFile)
	}
	p.varsData = m
	return nil
}

// withFileVars gives the variables of vars.yml to the rendering of dbt_project.yml, those of the command line over them.
func (p *RawProject) withFileVars(opts RenderOptions) RenderOptions {
	if p.varsData == nil {
		return opts
	}
	all := p.varsData.Copy()
	for _, e := range opts.Vars.Entries() {
		all.SetKey(e.Key, e.Value)
	}
	opts.Vars = all
	return opts
}
