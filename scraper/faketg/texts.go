package faketg

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

func pick[T any](rng *rand.Rand, list []T) T { return list[rng.IntN(len(list))] }

var (
	medicines = []string{
		"Paracetamol 500mg", "ፓራሲታሞል 500mg", "Amoxicillin 250mg/5ml", "አሞክሲሲሊን 500mg", "Metformin 850mg", "Omeprazole 20mg",
		"Cetirizine 10mg", "ORS + Zinc", "Vitamin C 1000mg", "Amlodipine 5mg", "Ibuprofen 400mg", "Insulin pen 3ml",
	}
	care     = []string{"sunscreen SPF 50", "የፊት ክሬም", "aloe vera gel", "shea butter 200ml", "ቫይታሚን ሴ ሴረም", "baby oil", "hair food"}
	stock    = []string{"💊 **አሁን ገብቷል**", "💊 In stock today", "የዋጋ ዝርዝር፦", "New arrivals", "ዛሬ የደረሱ መድኃኒቶች"}
	tips     = []string{"ውሃ በብዛት ይጠጡ፣ እረፍት ያድርጉ።", "Finish the whole course, even when you feel better.", "መድኃኒት ከልጆች ያርቁ።", "Keep insulin in the fridge."}
	currency = []string{"ብር", "birr", "ETB", "Br"}
	contacts = []string{"\n☎️ 0900 000 0%02d\nአድራሻ፦ አዲስ አበባ", "\n📞 +251 900 000 0%02d | telebirr ✅", "\nt.me @%s", "", ""}
	emoji    = []string{"👍", "❤", "🔥", "🙏", "👏"}
	tags     = []string{"#pharmacy", "#ጤና", "#offer", "#stock"}
	writers  = []string{"", "", "Desk", "Counter 2"}
	// Two names, each with its own field of trade.
	names = []struct{ username, title string }{
		{"fakepharma", "Fake Pharma | ፋክ ፋርማ"}, {"madeupcosmetics", "Made-up Cosmetics"}, {"noclinic", "No Clinic ክሊኒክ"},
		{"testmed_addis", "TestMed Addis"}, {"samplestore", "Sample Store መድኃኒት ቤት"},
	}
)

func priceTag(rng *rand.Rand) string {
	n, unit := 40+rng.IntN(160)*10, pick(rng, currency)
	switch rng.IntN(4) {
	case 0:
		return fmt.Sprintf("%d-%d %s", n, n+50, unit)
	case 1:
		return fmt.Sprintf("%d,%03d %s", 1+n/1000, n%1000, unit)
	}
	return fmt.Sprintf("%d %s", n, unit)
}

// writeText makes up a message of the kinds that shops write.
func writeText(rng *rand.Rand, channel string) string {
	var b strings.Builder
	switch rng.IntN(6) {
	case 0, 1, 2:
		b.WriteString(pick(rng, stock))
		for range 1 + rng.IntN(4) {
			fmt.Fprintf(&b, "\n• %s ዋጋ %s", pick(rng, medicines), priceTag(rng))
		}
	case 3:
		fmt.Fprintf(&b, "✨ %s ✨\n%s %s", strings.ToUpper(pick(rng, care)), pick(rng, []string{"Price", "ዋጋ"}), priceTag(rng))
	case 4:
		b.WriteString(pick(rng, tips) + " " + pick(rng, tags))
	default:
		fmt.Fprintf(&b, "%s https://example.invalid/%s/%d", pick(rng, medicines), channel, rng.IntN(1000))
	}
	switch contact := pick(rng, contacts); {
	case strings.Contains(contact, "%s"):
		fmt.Fprintf(&b, contact, channel)
	case contact != "":
		fmt.Fprintf(&b, contact, rng.IntN(100))
	}
	return b.String()
}
