// Makes tokens with the library of aws-iam-authenticator, and says what its verifier thinks of the form of tokens.
//
//	authenticator token CLUSTER [ROLE]   prints a token; STS is at AWS_ENDPOINT_URL
//	authenticator verify CLUSTER         a token a line: prints a JSON string a line, empty where the form is right
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/aws/aws-sdk-go/aws"
	"github.com/aws/aws-sdk-go/aws/session"
	"sigs.k8s.io/aws-iam-authenticator/pkg/token"
)

func main() {
	var err error
	switch os.Args[1] {
	case "token":
		err = makeToken(os.Args[2], os.Args[3:])
	case "verify":
		err = verify(os.Args[2])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func makeToken(cluster string, role []string) error {
	generator, err := token.NewGenerator(false, false)
	if err != nil {
		return err
	}
	// The library has AWS SDK 1, which does not read AWS_ENDPOINT_URL.
	sess, err := session.NewSession(aws.NewConfig().WithEndpoint(os.Getenv("AWS_ENDPOINT_URL")))
	if err != nil {
		return err
	}
	options := &token.GetTokenOptions{ClusterID: cluster, Session: sess}
	if len(role) > 0 {
		options.AssumeRoleARN = role[0]
		options.SessionName = "gopher"
	}
	made, err := generator.GetWithOptions(options)
	if err != nil {
		return err
	}
	fmt.Println(made.Token)
	return nil
}

// verify never reaches STS: whoever runs this points HTTPS_PROXY at nobody. What comes so far has the right form.
func verify(cluster string) error {
	verifier := token.NewVerifier(cluster, "aws", "us-east-1")
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		_, err := verifier.Verify(lines.Text())
		problem := ""
		if form := new(token.FormatError); errors.As(err, form) {
			problem = form.Error()
		}
		if err := json.NewEncoder(os.Stdout).Encode(problem); err != nil {
			return err
		}
	}
	return lines.Err()
}
