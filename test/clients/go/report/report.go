// Package report runs what a program has to do, and prints what it saw.
package report

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"
)

// Print runs work, for patience at most, and prints what it saw as JSON for a test to judge; what work failed with goes to standard error and ends the program with 1.
func Print(patience time.Duration, work func(context.Context) (map[string]any, error)) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	seen, err := work(ctx)
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(seen)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
