package source_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gdbt-dev/gdbt/engine/source"
)

// notes is a source plugin for a folder of text files: each file is a channel
// whose lines are messages. `config.meta.gdbt` of its table says
//
//	{plugin: notes, folder: notes, lake: lake}
type notes struct {
	// Plugin is whoever loads the lake; a plugin that shares the lake's layout
	// with another shares its Load too.
	source.Plugin
}

func (notes) Name() string { return "notes" }

// Extract writes each file's lines to a file of the lake, in full each time: what
// is there already is replaced by the same.
func (notes) Extract(ctx context.Context, req source.ExtractRequest) (source.ExtractResult, error) {
	// An option that nobody knows is an error, not a surprise.
	if err := req.Config.Known("folder"); err != nil {
		return source.ExtractResult{}, err
	}
	res := source.ExtractResult{Lake: req.LakeDir()}
	folder, _ := req.Config.Options["folder"].(string)
	files, err := filepath.Glob(filepath.Join(req.ProjectDir, folder, "*.txt"))
	if err != nil {
		return res, err
	}
	for _, file := range files {
		if err := ctx.Err(); err != nil {
			return res, err
		}
		// One bad file stops no other.
		res.Channels = append(res.Channels, extractNotes(req, file))
	}
	return res, nil
}

func extractNotes(req source.ExtractRequest, file string) (c source.ChannelResult) {
	c = source.ChannelResult{Channel: filepath.Base(file), Status: source.OK}
	req.Report(source.ExtractProgress{Channel: c.Channel, State: source.Reading})
	fail := func(err error) source.ChannelResult {
		c.Status, c.Err, c.Errors = source.Failed, err, 1
		return c
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return fail(err)
	}
	record, err := json.Marshal([]map[string]any{{
		"message_id": 1, "channel_name": c.Channel, "message_date": req.Time().Format(time.RFC3339), "message_text": string(text),
	}})
	if err != nil {
		return fail(err)
	}
	dir := filepath.Join(req.LakeDir(), "telegram_messages", req.Time().Format(time.DateOnly))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fail(err)
	}
	// Another name first: a reader never sees half a file.
	final := filepath.Join(dir, c.Channel+".json")
	if err := os.WriteFile(final+".part", record, 0o644); err != nil {
		return fail(err)
	}
	if err := os.Rename(final+".part", final); err != nil {
		return fail(err)
	}
	c.Messages = 1
	req.Report(source.ExtractProgress{Channel: c.Channel, State: source.Finished, Messages: c.Messages})
	return c
}

// A plugin that fills the lake is a Plugin with an Extract beside its Load.
// Programs add it to their registry; `gdbt source extract` then finds it by the
// name that a table's `config.meta.gdbt.plugin` says.
func ExampleExtractor() {
	dir, err := os.MkdirTemp("", "notes")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	_ = os.Mkdir(filepath.Join(dir, "notes"), 0o755)
	_ = os.WriteFile(filepath.Join(dir, "notes", "shop.txt"), []byte("Paracetamol is in"), 0o644)

	var registry source.Registry
	if err := registry.Register(notes{}); err != nil {
		fmt.Println(err)
		return
	}
	plugin, err := registry.Lookup("notes")
	if err != nil {
		fmt.Println(err)
		return
	}
	extractor, ok := plugin.(source.Extractor)
	if !ok {
		fmt.Println("it only loads")
		return
	}
	res, err := extractor.Extract(context.Background(), source.ExtractRequest{
		Request: source.Request{
			Config:     source.Config{Plugin: "notes", Lake: "lake", Options: map[string]any{"folder": "notes"}},
			ProjectDir: dir,
			Now:        func() time.Time { return time.Date(2026, 1, 18, 9, 0, 0, 0, time.UTC) },
		},
		Options: source.DefaultExtractOptions(),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range res.Channels {
		fmt.Println(c.Channel, c.Status, c.Messages)
	}
	text, _ := os.ReadFile(filepath.Join(dir, "lake", "telegram_messages", "2026-01-18", "shop.txt.json"))
	fmt.Println(string(text))
	// Output:
	// shop.txt success 1
	// [{"channel_name":"shop.txt","message_date":"2026-01-18T09:00:00Z","message_id":1,"message_text":"Paracetamol is in"}]
}
