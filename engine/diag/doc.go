// Package diag holds user errors as data: what failed, where (file, line,
// column, source line, macro stack) and what to try (hint). A [Diagnostic] is an
// error; [Diagnostic.Render] prints it for people, a [List] collects many.
//
// The first lines of a rendering follow dbt's shape, so tools that match dbt's
// text ("Compilation Error in model x (path)", then the message indented by two
// spaces) match gdbt's too; position, source line and hint come after them.
package diag
