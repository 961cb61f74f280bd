package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

func pick[T any](rng *rand.Rand, list []T) T { return list[rng.IntN(len(list))] }

var (
	drugs = []string{
		"Paracetamol 500mg", "ፓራሲታሞል 500mg", "parasetamol syrup", "Amoxicillin 250mg/5ml", "አሞክሲሲሊን 500mg", "Metformin 850mg",
		"Omeprazole 20mg", "Cetirizine 10mg", "ORS + Zinc", "Vitamin C 1000mg", "Amlodipine 5mg", "Ibuprofen 400mg",
	}
	creams = []string{"sunscreen SPF 50", "የፊት ክሬም", "aloe vera gel", "shea butter 200ml", "ቫይታሚን ሴ ሴረም", "baby oil", "hair food"}
	birr   = []string{"ብር", "birr", "ETB", "Br"}
	footer = []string{
		"\n☎️ 0900 000 000\nአድራሻ፦ አዲስ አበባ",
		"\n📞 +251 900 000 000 | telebirr ✅",
		"",
	}
)

func price(rng *rand.Rand) string {
	n := 40 + rng.IntN(160)*10
	unit := pick(rng, birr)
	switch rng.IntN(4) {
	case 0:
		return fmt.Sprintf("%d-%d %s", n, n+50, unit)
	case 1:
		return fmt.Sprintf("%d,%03d %s", 1+n/1000, n%1000, unit)
	}
	return fmt.Sprintf("%d %s", n, unit)
}

func priceList(rng *rand.Rand) string {
	lines := []string{pick(rng, []string{"💊 **አሁን ገብቷል**", "💊 In stock today", "የዋጋ ዝርዝር"})}
	for range 1 + rng.IntN(4) {
		lines = append(lines, "• "+pick(rng, drugs)+" ዋጋ "+price(rng))
	}
	return strings.Join(lines, "\n") + pick(rng, footer)
}

func cosmetics(rng *rand.Rand) string {
	if rng.IntN(10) == 0 {
		return "" // the other photos of an album have no caption
	}
	// Blanks at the ends, as people type them.
	return " **" + strings.ToUpper(pick(rng, creams)) + "** \nPrice " + price(rng) + pick(rng, footer) + "\u200b \n"
}

func clinic(rng *rand.Rand) string {
	return pick(rng, []string{
		"የጥርስ ሕክምና አገልግሎት፡ ከሰኞ እስከ ቅዳሜ።",
		"ነፃ የደም ግፊት ምርመራ፣ እሁድ ጠዋት 3፡00 ሰዓት።",
		"Free blood pressure check this Sunday, 9:00 in the morning.",
		"ክትባት ለህፃናት ተጀምሯል 👶",
		"Our laboratory is open until midnight.",
	}) + pick(rng, footer)
}

func healthTip(rng *rand.Rand) string {
	return pick(rng, []string{
		"💧 በቀን ስምንት ብርጭቆ ውሃ ይጠጡ።",
		"Wash your hands with soap for twenty seconds. 🧼",
		"ጨው ይቀንሱ፤ የደም ግፊትን ይከላከሉ።",
		"Finish your antibiotics, even when you feel well.",
		"እንቅልፍ ለጤና ወሳኝ ነው። Sleep seven to eight hours 😴",
	})
}
