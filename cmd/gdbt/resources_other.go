//go:build !unix

package main

import "github.com/gdbt-dev/gdbt/engine/event"

// resources is not known here, as in dbt.
func resources() (event.ResourceReport, bool) { return event.ResourceReport{}, false }
