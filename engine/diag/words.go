package diag

import "strings"

// FindWord finds a word in a text, in upper or lower case, where no letter, digit or underscore is next to it: its byte offset,
// -1 where it isn't.
func FindWord(text, word string) int {
	if word == "" {
		return -1
	}
	for i := 0; i+len(word) <= len(text); i++ {
		end := i + len(word)
		if strings.EqualFold(text[i:end], word) && (i == 0 || !wordByte(text[i-1])) && (end == len(text) || !wordByte(text[end])) {
			return i
		}
	}
	return -1
}

func wordByte(b byte) bool {
	return b == '_' || '0' <= b && b <= '9' || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z'
}
