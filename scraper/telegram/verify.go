package telegram

import (
	"context"

	"github.com/gdbt-dev/gdbt/engine/source"
	"github.com/gdbt-dev/gdbt/scraper/lakewriter"
)

// Verify implements source.Verifier.
func (plugin) Verify(ctx context.Context, req source.VerifyRequest) (source.VerifyResult, error) {
	return lakewriter.VerifySource(ctx, req)
}
