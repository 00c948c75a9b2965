// Makes the calls that it reads, by aws-sdk-go-v2, unmodified: a call a line as JSON in, its answer a line as JSON out. The tables of the tests say which calls an
// infrastructure tool makes; this is the client that it makes them with.
package main

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/accessanalyzer"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

type call struct {
	Service   string          `json:"service"`
	Operation string          `json:"operation"`
	Input     json.RawMessage `json:"input"`
}

type answer struct {
	Output  any    `json:"output,omitempty"`
	Code    string `json:"code,omitempty"`
	Message string `json:"message,omitempty"`
}

func main() {
	if err := work(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func work() error {
	settings, err := config.LoadDefaultConfig(context.Background(), endpointsAsEksctlReadsThem()...)
	if err != nil {
		return err
	}
	clients := map[string]any{
		"accessanalyzer": accessanalyzer.NewFromConfig(settings),
		"cloudformation": cloudformation.NewFromConfig(settings),
		"eks":            eks.NewFromConfig(settings),
		"iam":            iam.NewFromConfig(settings),
		"organizations":  organizations.NewFromConfig(settings),
		"s3":             s3.NewFromConfig(settings, func(options *s3.Options) { options.UsePathStyle = true }),
		"sts":            sts.NewFromConfig(settings),
		"token":          tokens{sts.NewPresignClient(sts.NewFromConfig(settings))},
	}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var next call
		if err := json.Unmarshal(lines.Bytes(), &next); err != nil {
			return err
		}
		if err := out.Encode(answerOf(clients[next.Service], next)); err != nil {
			return err
		}
	}
	return lines.Err()
}

// answerOf makes one call: the client's method of the operation's name, its input read from JSON.
func answerOf(client any, next call) answer {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if client == nil {
		return answer{Code: "NoSuchClient", Message: next.Service}
	}
	method := reflect.ValueOf(client).MethodByName(next.Operation)
	if !method.IsValid() {
		return answer{Code: "NoSuchMethod", Message: next.Operation}
	}
	input := reflect.New(method.Type().In(1).Elem())
	if err := json.Unmarshal(next.Input, input.Interface()); err != nil {
		return answer{Code: "NoSuchInput", Message: err.Error()}
	}
	results := method.Call([]reflect.Value{reflect.ValueOf(ctx), input})
	if err, failed := results[1].Interface().(error); failed {
		var api smithy.APIError
		if errors.As(err, &api) {
			return answer{Code: api.ErrorCode(), Message: api.ErrorMessage()}
		}
		return answer{Code: "Failed", Message: err.Error()}
	}
	return answer{Output: results[0].Interface()}
}

// endpointsAsEksctlReadsThem are the service endpoints of eksctl's own variables, which it reads by a resolver as this one; the SDK's default serves the others.
func endpointsAsEksctlReadsThem() []func(*config.LoadOptions) error {
	variables := map[string]string{
		cloudformation.ServiceID: "AWS_CLOUDFORMATION_ENDPOINT",
		eks.ServiceID:            "AWS_EKS_ENDPOINT",
		iam.ServiceID:            "AWS_IAM_ENDPOINT",
		sts.ServiceID:            "AWS_STS_ENDPOINT",
	}
	any := false
	for _, variable := range variables {
		_, set := os.LookupEnv(variable)
		any = any || set
	}
	if !any {
		return nil
	}
	resolve := func(service, region string, _ ...interface{}) (aws.Endpoint, error) {
		if endpoint, set := os.LookupEnv(variables[service]); set {
			return aws.Endpoint{URL: endpoint, SigningRegion: region}, nil
		}
		return aws.Endpoint{}, &aws.EndpointNotFoundError{}
	}
	return []func(*config.LoadOptions) error{config.WithEndpointResolverWithOptions(aws.EndpointResolverWithOptionsFunc(resolve))}
}

// tokens are the bearer tokens for clusters that eksctl and aws_eks_cluster_auth make: GetCallerIdentity, signed beforehand with the cluster's name.
type tokens struct{ presign *sts.PresignClient }

type clusterName struct{ ClusterName string }

func (t tokens) Get(ctx context.Context, input *clusterName) (string, error) {
	signed, err := t.presign.PresignGetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}, func(options *sts.PresignOptions) {
		options.ClientOptions = append(options.ClientOptions, func(client *sts.Options) {
			client.APIOptions = append(client.APIOptions,
				smithyhttp.SetHeaderValue("x-k8s-aws-id", input.ClusterName), smithyhttp.SetHeaderValue("X-Amz-Expires", "60"))
		})
	})
	if err != nil {
		return "", err
	}
	return "k8s-aws-v1." + base64.RawURLEncoding.EncodeToString([]byte(signed.URL)), nil
}
