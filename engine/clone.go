package engine

import (
	"context"

	"github.com/gdbt-dev/gdbt/engine/ident"
	"github.com/gdbt-dev/gdbt/engine/run"
)

// refables are the types that ref() may name.
var refables = [...]ident.Type{ident.Model, ident.Seed, ident.Snapshot}

// Clone makes the selected nodes out of the relations that they have in the
// manifest of --state (or --defer-state): a copy that costs nothing where the
// warehouse has such, else a view. Relations that are there already are left alone
// but for --full-refresh.
func (p *Project) Clone(ctx context.Context, s Selection) (*Results, error) {
	types, err := s.types(refables[:], refables[:])
	if err != nil {
		return nil, err
	}
	return p.execute(ctx, run.Clone, s, types, nil)
}
