package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math/rand/v2"
	"path"
	"strings"
	"time"
)

// channel is an invented channel and the habits of its scraper.
type channel struct {
	name     string
	renamed  string // how the second scrape spells it
	firstID  int64
	perDay   float64 // posts a day
	photos   float64 // share of posts with a photo
	views    int64   // views of a usual post after some days
	windows  bool    // image paths with backslashes
	offset   bool    // scraped_at names its offset
	rich     bool    // replies, reactions, albums, edits …
	indented bool
	posts    func(*rand.Rand) string
}

var channels = []channel{
	{name: "DemoPharma", renamed: "demopharma", firstID: 18_200, perDay: 4, photos: 0.6, views: 900, windows: true, posts: priceList},
	{name: "demo_cosmetics", firstID: 410, perDay: 6, photos: 1, views: 240, windows: true, indented: true, posts: cosmetics},
	{name: "demo_clinic", firstID: 7_050, perDay: 2.5, photos: 0.3, views: 2500, offset: true, rich: true, posts: clinic},
	{name: "DemoHealthTips", firstID: 95, perDay: 1.5, photos: 0.5, views: 6000, offset: true, rich: true, indented: true, posts: healthTip},
}

// scrapes are the moments of the two scrapes; each takes a channel's newest posts.
var scrapes = []time.Time{
	time.Date(2025, 3, 3, 15, 30, 0, 0, time.UTC),
	time.Date(2025, 3, 7, 15, 45, 0, 0, time.UTC),
}

const perScrape = 30

// post is a message as it is on Telegram, whoever scrapes it.
type post struct {
	id       int64
	at       time.Time
	text     string
	photo    bool
	video    bool
	album    int64
	replyTo  int64
	forward  string
	views    float64 // in the long run
	share    float64 // forwards a view
	editedAt time.Time
	edited   string
}

func goodLake() map[string][]byte {
	files := map[string][]byte{}
	for i, ch := range channels {
		rng := rand.New(rand.NewPCG(2025, uint64(i)))
		posts := history(ch, rng)
		for s, at := range scrapes {
			name := ch.name
			if s > 0 && ch.renamed != "" {
				name = ch.renamed
			}
			at = at.Add(time.Duration(i) * 4 * time.Minute)
			seen := posts
			for len(seen) > 0 && seen[len(seen)-1].at.After(at) {
				seen = seen[:len(seen)-1]
			}
			seen = seen[max(0, len(seen)-perScrape):]
			var records [][]member
			for k := len(seen) - 1; k >= 0; k-- { // newest first, as Telegram gives them
				records = append(records, record(ch, name, seen[k], at.Add(time.Duration(len(seen)-k)*731*time.Millisecond), rng))
			}
			files[path.Join("raw/telegram_messages", at.Format(time.DateOnly), name+".json")] = array(records, ch.indented)
			// A handful of photos is enough to have some.
			for k, n := len(seen)-1, 0; k >= 0 && n < 2 && s == 0; k-- {
				if seen[k].photo {
					files[fmt.Sprintf("raw/images/%s/%d.jpg", name, seen[k].id)] = photo(rng)
					n++
				}
			}
		}
	}
	return files
}

// history makes about seven weeks of posts up to the last scrape.
func history(ch channel, rng *rand.Rand) []post {
	var posts []post
	id := ch.firstID
	start := scrapes[0].AddDate(0, 0, -40)
	end := scrapes[len(scrapes)-1].Add(time.Hour)
	for day := start; day.Before(end); day = day.AddDate(0, 0, 1) {
		rate := ch.perDay
		if day.Weekday() == time.Sunday {
			rate /= 3
		}
		n := int(rate + rng.Float64())
		for k := range n {
			id += 1 + int64(rng.IntN(3)/2) // numbers of deleted posts are missing
			// 06:00 to 22:30 UTC: the last ones are of the next day in Addis Ababa.
			minute := 6*60 + k*990/max(n, 1) + rng.IntN(60)
			p := post{
				id:    id,
				at:    time.Date(day.Year(), day.Month(), day.Day(), 0, minute, rng.IntN(60), 0, time.UTC),
				text:  ch.posts(rng),
				photo: rng.Float64() < ch.photos,
				views: float64(ch.views) * (0.4 + 1.2*rng.Float64()),
				share: 0.001 + 0.01*rng.Float64(),
			}
			p.video = !p.photo && rng.Float64() < 0.2
			if ch.rich {
				switch rng.IntN(8) {
				case 0:
					p.replyTo = id - 1 - int64(rng.IntN(20))
				case 1:
					p.forward = "DemoPharma"
				case 2:
					p.editedAt = p.at.Add(time.Duration(5+rng.IntN(600)) * time.Minute)
					p.edited = p.text + "\n(ተስተካክሏል / edited)"
				case 3:
					if p.photo {
						p.album = 13_900_000_000_000_000 + id
					}
				}
			}
			posts = append(posts, p)
		}
	}
	return posts
}

// member is a key and its value in a record.
type member struct {
	key   string
	value any
}

// record is a post as one scrape writes it down. Not every scraper writes every key.
func record(ch channel, name string, p post, at time.Time, rng *rand.Rand) []member {
	age := at.Sub(p.at).Hours()
	views := int64(p.views * age / (age + 12))
	text := p.text
	edited := !p.editedAt.IsZero() && p.editedAt.Before(at)
	if edited {
		text = p.edited
	}
	r := []member{
		{"message_id", p.id},
		{"channel_name", name},
	}
	if ch.rich {
		r = append(r, member{"channel_title", "Demo · " + name})
	}
	r = append(r,
		member{"message_date", p.at.Format("2006-01-02T15:04:05-07:00")},
		member{"message_text", text},
		member{"has_media", p.photo || p.video},
	)
	if rng.IntN(12) == 0 && ch.rich {
		r = append(r, member{"views", nil})
	} else {
		r = append(r, member{"views", views})
	}
	r = append(r, member{"forwards", int64(float64(views) * p.share)})
	scraped := at.Format("2006-01-02T15:04:05.000000")
	if ch.offset {
		scraped = at.Format("2006-01-02T15:04:05.000000-07:00")
	}
	r = append(r, member{"scraped_at", scraped})
	if p.photo {
		image := fmt.Sprintf("data/raw/images/%s/%d.jpg", name, p.id)
		if ch.windows {
			image = strings.ReplaceAll(image, "/", `\`)
		}
		r = append(r, member{"image_path", image})
	}
	if !ch.rich {
		return r
	}
	if edited {
		r = append(r, member{"edit_date", p.editedAt.Format("2006-01-02T15:04:05-07:00")})
	}
	media := any(nil)
	switch {
	case p.photo:
		media = "photo"
	case p.video:
		media = "video"
	}
	r = append(r, member{"media_type", media}, member{"replies", int64(float64(views) * p.share / 2)},
		member{"reactions", reactions(views)}, member{"is_reply", p.replyTo > 0})
	if p.replyTo > 0 {
		r = append(r, member{"reply_to_msg_id", p.replyTo})
	}
	if p.album > 0 {
		r = append(r, member{"grouped_id", p.album})
	}
	if p.forward != "" {
		r = append(r, member{"forward_from", p.forward}, member{"forward_date", p.at.AddDate(0, 0, -1).Format(time.DateOnly)})
	}
	return r
}

func reactions(views int64) []map[string]any {
	return []map[string]any{{"emoji": "👍", "count": views / 60}, {"emoji": "🙏", "count": views / 150}}
}

// array prints records as Python's json.dump(ensure_ascii=False) does, with
// indent=4 or without.
func array(records [][]member, indented bool) []byte {
	var b bytes.Buffer
	sep, colon := ", ", ": "
	b.WriteByte('[')
	for i, r := range records {
		if i > 0 {
			b.WriteString(strings.TrimRight(sep, " "))
			if !indented {
				b.WriteByte(' ')
			}
		}
		if indented {
			b.WriteString("\n    ")
		}
		b.WriteByte('{')
		for k, m := range r {
			if k > 0 {
				b.WriteByte(',')
				if !indented {
					b.WriteByte(' ')
				}
			}
			if indented {
				b.WriteString("\n        ")
			}
			b.Write(encode(m.key))
			b.WriteString(colon)
			b.Write(encode(m.value))
		}
		if indented {
			b.WriteString("\n    ")
		}
		b.WriteByte('}')
	}
	if indented && len(records) > 0 {
		b.WriteByte('\n')
	}
	b.WriteString("]\n")
	return b.Bytes()
}

func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // the values are this program's own
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}

// photo is a small valid JPEG: a box on a ground.
func photo(rng *rand.Rand) []byte {
	img := image.NewRGBA(image.Rect(0, 0, 16, 16))
	shade := func() color.RGBA {
		return color.RGBA{uint8(rng.IntN(256)), uint8(rng.IntN(256)), uint8(rng.IntN(256)), 255}
	}
	ground, box := shade(), shade()
	for y := range 16 {
		for x := range 16 {
			c := ground
			if x >= 4 && x < 12 && y >= 3 && y < 13 {
				c = box
			}
			img.Set(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 60}); err != nil {
		panic(err) // writing to memory
	}
	return b.Bytes()
}
