package scraper_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gdbt-dev/gdbt/engine/source"
	"github.com/gdbt-dev/gdbt/scraper"
	"github.com/gdbt-dev/gdbt/scraper/lakewriter"
)

// diary is a source plugin for a folder of text files: each file is a channel, each line of it a message. Its table
// says, in a YAML file,
//
//	config:
//	  meta:
//	    gdbt: {plugin: diary, folder: notes, lake: lake}
//
// Load is this package's, as the lake has its layout; the lake is filled by lakewriter, which makes a run that may
// be killed at any point.
type diary struct{ source.Plugin }

// newDiary is what a program registers: Loader's arguments are the plugin's name and its options.
func newDiary() source.Plugin { return diary{scraper.Loader("diary", "folder")} }

// Extract implements source.Extractor.
func (diary) Extract(ctx context.Context, req source.ExtractRequest) (res source.ExtractResult, err error) {
	if err := req.Config.Known("folder"); err != nil {
		return res, err
	}
	folder, _ := req.Config.Options["folder"].(string)
	if folder == "" {
		return res, req.Config.Bad("folder", "the plugin diary needs a folder of text files").WithHint("add `folder: notes`")
	}
	lake, err := lakewriter.Open(req.LakeDir(), lakewriter.Options{})
	if err != nil {
		return res, err
	}
	defer lake.Close()
	res.Lake = lake.Dir()
	files, err := filepath.Glob(filepath.Join(req.ProjectDir, folder, "*.txt"))
	if err != nil {
		return res, err
	}
	for _, file := range files {
		if ctx.Err() != nil {
			return res, ctx.Err()
		}
		c := source.ChannelResult{Channel: strings.TrimSuffix(filepath.Base(file), ".txt"), Status: source.OK}
		if err := readDiary(req, lake, file, &c); err != nil { // stops no other
			c.Status, c.Err, c.Errors = source.Failed, err, 1
		}
		res.Channels = append(res.Channels, c)
	}
	return res, nil
}

func readDiary(req source.ExtractRequest, lake *lakewriter.Lake, file string, c *source.ChannelResult) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	channel, err := lake.Channel(c.Channel, req.Time())
	if err != nil {
		return err
	}
	defer channel.Close()
	last := channel.State().Last() // what earlier runs have read
	var page []lakewriter.Message
	lines := bufio.NewScanner(f)
	for id := int64(1); lines.Scan(); id++ {
		if id > last {
			text, at := lines.Text(), lakewriter.Time(req.Time())
			page = append(page, lakewriter.Message{MessageID: id, ChannelName: c.Channel, MessageDate: at, MessageText: &text, ScrapedAt: at})
		}
	}
	if err := lines.Err(); err != nil {
		return err
	}
	// Records and checkpoint are safe together; a long history commits page by page.
	to := last + int64(len(page))
	if err := channel.Commit(page, func(s *lakewriter.State) { s.Cover(last+1, to) }); err != nil {
		return err
	}
	if err := channel.Flush(); err != nil {
		return err
	}
	c.Messages, c.Files = len(page), channel.Files()
	req.Report(source.ExtractProgress{Channel: c.Channel, State: source.Finished, Messages: c.Messages})
	return nil
}

// A whole plugin whose lake is of this package's layout: it goes on where it was, and says where a mistake in its
// config is. `gdbt source extract` runs it once the program that has it in its list of plugins (plugins.go of
// cmd/gdbt, or engine.Options.Sources of a program of one's own) is built.
func Example_plugin() {
	dir, err := os.MkdirTemp("", "diary")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	note := filepath.Join(dir, "notes", "shop.txt")
	_ = os.MkdirAll(filepath.Dir(note), 0o755)
	plugin := newDiary()
	extract := func(text string, options map[string]any) {
		_ = os.WriteFile(note, []byte(text), 0o644)
		res, err := plugin.(source.Extractor).Extract(context.Background(), source.ExtractRequest{
			Request: source.Request{
				Config: source.Config{Plugin: plugin.Name(), Lake: "lake", Options: options}, ProjectDir: dir,
				Now: func() time.Time { return time.Date(2026, 1, 18, 9, 0, 0, 0, time.UTC) },
			},
			Options: source.DefaultExtractOptions(),
		})
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, c := range res.Channels {
			fmt.Println(c.Channel, c.Status, c.Messages, c.Files)
		}
	}
	extract("Paracetamol is in\nPrice 120 birr\n", map[string]any{"folder": "notes"})
	extract("Paracetamol is in\nPrice 120 birr\nSold out\n", map[string]any{"folder": "notes"})
	extract("", map[string]any{"foldr": "notes"})
	// Output:
	// shop success 2 [telegram_messages/2026-01-18/shop.json]
	// shop success 1 [telegram_messages/2026-01-18/shop.json]
	// Validation Error: the plugin diary has no option "foldr" (did you mean 'folder'?)
}
