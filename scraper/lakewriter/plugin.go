package lakewriter

import (
	"context"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/source"
)

// VerifySource is [Verify] for a source plugin whose lake this package fills.
func VerifySource(ctx context.Context, req source.VerifyRequest) (source.VerifyResult, error) {
	dir := req.LakeDir()
	if dir == "" {
		return source.VerifyResult{}, NoLake(req.Request)
	}
	r, err := Verify(ctx, dir, VerifyOptions{Channels: req.Channels, SkipImages: req.SkipImages, Progress: req.Progress})
	res := source.VerifyResult{Lake: r.Root, Files: r.Files, Messages: r.Messages, Images: r.Images, Bytes: r.Bytes, Gaps: r.Gaps}
	for _, p := range r.Problems {
		res.Problems = append(res.Problems, source.Problem(p))
	}
	return res, err
}

// NoLake is the error of a source table for which nobody names a lake.
func NoLake(req source.Request) *diag.Diagnostic {
	d := req.Config.Bad("", "no lake is named for the source table %s.%s", req.Source.Name, req.Source.Table).WithCode("lake")
	return d.WithHint("set the `lake` var of the project, or meta.gdbt.lake of the table")
}
