// Calls with aws-sdk-go-v2's default credentials for as many seconds as the argument says; prints what it saw as JSON for the test to judge.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

const (
	pause = 200 * time.Millisecond
	// Left to itself, the SDK renews a web identity's session at the moment of its end: a call that is signed just before would arrive just after.
	renewBefore = 2 * time.Second
)

// report has the names that rotation.test.ts reads.
type report struct {
	Arn      string   `json:"arn"`
	Calls    int      `json:"calls"`
	Sessions int      `json:"sessions"`
	Failures []string `json:"failures"`
}

func main() {
	seconds, err := strconv.Atoi(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if err := json.NewEncoder(os.Stdout).Encode(work(context.Background(), time.Now().Add(time.Duration(seconds)*time.Second))); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// work calls until the time is over, or a call fails.
func work(ctx context.Context, end time.Time) report {
	seen := report{Failures: []string{}}
	keys := map[string]bool{}
	failed := func(err error) report {
		seen.Failures = append(seen.Failures, err.Error())
		return seen
	}
	cfg, err := config.LoadDefaultConfig(ctx, config.WithCredentialsCacheOptions(func(options *aws.CredentialsCacheOptions) {
		options.ExpiryWindow = renewBefore
	}))
	if err != nil {
		return failed(err)
	}
	client := sts.NewFromConfig(cfg)
	for time.Now().Before(end) {
		identity, err := client.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
		if err != nil {
			return failed(err)
		}
		credentials, err := cfg.Credentials.Retrieve(ctx)
		if err != nil {
			return failed(err)
		}
		keys[credentials.AccessKeyID] = true
		seen.Arn, seen.Calls, seen.Sessions = *identity.Arn, seen.Calls+1, len(keys)
		time.Sleep(pause)
	}
	return seen
}
