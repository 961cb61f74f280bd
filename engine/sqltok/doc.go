// Package sqltok splits SQL text into tokens and statements by the lexical
// rules of a dialect. It never fails: an unterminated string, quoted name or
// comment is one token to the end of the text, and bytes that belong to nothing
// else are operators. Joining the texts of all tokens gives the input back.
//
// On top of the tokens stand [InjectCTEs] (ephemeral models) and [Position] (offset to line and column).
package sqltok
