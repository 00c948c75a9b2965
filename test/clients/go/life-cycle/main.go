// An IAM and STS life cycle with aws-sdk-go-v2, unmodified; prints what it saw as JSON for the test to judge.
package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	ekstypes "github.com/aws/aws-sdk-go-v2/service/eks/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"gatehouse.test/clients/report"
)

const trust = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":["sts:AssumeRole","sts:TagSession"]}]}`
const readUsers = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:GetUser","iam:ListUsers"],"Resource":"*"}]}`

func main() {
	report.Print(2*time.Minute, lifeCycle)
}

// code gives the error code of a refusal, and whether the SDK made it the service's own error type.
func code[T error](err error) []any {
	var modeled T
	var api smithy.APIError
	if !errors.As(err, &api) {
		return []any{fmt.Sprint(err), false}
	}
	return []any{api.ErrorCode(), errors.As(err, &modeled)}
}

func lifeCycle(ctx context.Context) (map[string]any, error) {
	seen := map[string]any{}
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, err
	}
	client := iam.NewFromConfig(cfg)
	for n := range 5 {
		if _, err := client.CreateUser(ctx, &iam.CreateUserInput{UserName: aws.String(fmt.Sprintf("gopher-%d", n)), Path: aws.String("/go/")}); err != nil {
			return nil, err
		}
	}
	user, err := iam.NewUserExistsWaiter(client).WaitForOutput(ctx, &iam.GetUserInput{UserName: aws.String("gopher-0")}, 10*time.Second)
	if err != nil {
		return nil, err
	}
	seen["waiter"] = aws.ToString(user.User.Arn)
	age := time.Since(aws.ToTime(user.User.CreateDate))
	seen["created now"] = age >= -time.Second && age < time.Minute
	_, err = client.CreateUser(ctx, &iam.CreateUserInput{UserName: aws.String("gopher-0")})
	seen["exists"] = code[*types.EntityAlreadyExistsException](err)
	_, err = client.GetUser(ctx, &iam.GetUserInput{UserName: aws.String("nobody")})
	seen["missing"] = code[*types.NoSuchEntityException](err)

	var pages []int
	paginator := iam.NewListUsersPaginator(client, &iam.ListUsersInput{PathPrefix: aws.String("/go/"), MaxItems: aws.Int32(2)})
	for paginator.HasMorePages() {
		page, err := paginator.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		pages = append(pages, len(page.Users))
	}
	seen["pages"] = pages

	role, err := client.CreateRole(ctx, &iam.CreateRoleInput{
		RoleName: aws.String("gopher-role"), AssumeRolePolicyDocument: aws.String(trust), Tags: []types.Tag{{Key: aws.String("team"), Value: aws.String("shop")}}})
	if err != nil {
		return nil, err
	}
	if err := iam.NewRoleExistsWaiter(client).Wait(ctx, &iam.GetRoleInput{RoleName: aws.String("gopher-role")}, 10*time.Second); err != nil {
		return nil, err
	}
	profile := aws.String("gopher-profile")
	if _, err := client.CreateInstanceProfile(ctx, &iam.CreateInstanceProfileInput{InstanceProfileName: profile}); err != nil {
		return nil, err
	}
	found, err := iam.NewInstanceProfileExistsWaiter(client).WaitForOutput(ctx, &iam.GetInstanceProfileInput{InstanceProfileName: profile}, 10*time.Second)
	if err != nil {
		return nil, err
	}
	seen["profile waiter"] = aws.ToString(found.InstanceProfile.Arn)
	if _, err := client.DeleteInstanceProfile(ctx, &iam.DeleteInstanceProfileInput{InstanceProfileName: profile}); err != nil {
		return nil, err
	}
	seen["nobody to wait for"] = iam.NewUserExistsWaiter(client).Wait(ctx, &iam.GetUserInput{UserName: aws.String("nobody")}, 2*time.Second) != nil
	policy, err := client.CreatePolicy(ctx, &iam.CreatePolicyInput{PolicyName: aws.String("gopher-policy"), PolicyDocument: aws.String(readUsers)})
	if err != nil {
		return nil, err
	}
	if err := iam.NewPolicyExistsWaiter(client).Wait(ctx, &iam.GetPolicyInput{PolicyArn: policy.Policy.Arn}, 10*time.Second); err != nil {
		return nil, err
	}
	if _, err := client.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: aws.String("gopher-role"), PolicyArn: policy.Policy.Arn}); err != nil {
		return nil, err
	}
	_, err = client.DeletePolicy(ctx, &iam.DeletePolicyInput{PolicyArn: policy.Policy.Arn})
	seen["delete attached"] = code[*types.DeleteConflictException](err)

	assumed := cfg.Copy()
	assumed.Credentials = aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(sts.NewFromConfig(cfg), aws.ToString(role.Role.Arn), func(options *stscreds.AssumeRoleOptions) {
		options.RoleSessionName = "burrow"
		options.SourceIdentity = nil
	}))
	identity, err := sts.NewFromConfig(assumed).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return nil, err
	}
	seen["assumed"] = aws.ToString(identity.Arn)
	listed, err := iam.NewFromConfig(assumed).ListUsers(ctx, &iam.ListUsersInput{PathPrefix: aws.String("/go/")})
	if err != nil {
		return nil, err
	}
	seen["role lists"] = len(listed.Users)
	_, err = iam.NewFromConfig(assumed).CreateUser(ctx, &iam.CreateUserInput{UserName: aws.String("no")})
	seen["role may not"] = code[smithy.APIError](err)

	key, err := client.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: aws.String("gopher-0")})
	if err != nil {
		return nil, err
	}
	own := cfg.Copy()
	own.Credentials = credentials.NewStaticCredentialsProvider(aws.ToString(key.AccessKey.AccessKeyId), aws.ToString(key.AccessKey.SecretAccessKey), "")
	token, err := sts.NewFromConfig(own).GetSessionToken(ctx, &sts.GetSessionTokenInput{DurationSeconds: aws.Int32(900)})
	if err != nil {
		return nil, err
	}
	seen["session token lasts"] = int(time.Until(aws.ToTime(token.Credentials.Expiration)).Round(time.Minute).Minutes())

	_, err = eks.NewFromConfig(cfg).DescribeCluster(ctx, &eks.DescribeClusterInput{Name: aws.String("none")})
	seen["no cluster"] = code[*ekstypes.ResourceNotFoundException](err)

	return seen, cleanUp(ctx, client, aws.ToString(policy.Policy.Arn), aws.ToString(key.AccessKey.AccessKeyId), seen)
}

func cleanUp(ctx context.Context, client *iam.Client, policy, key string, seen map[string]any) error {
	steps := []func() error{
		func() error {
			_, err := client.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: aws.String("gopher-role"), PolicyArn: aws.String(policy)})
			return err
		},
		func() error {
			_, err := client.DeletePolicy(ctx, &iam.DeletePolicyInput{PolicyArn: aws.String(policy)})
			return err
		},
		func() error {
			_, err := client.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: aws.String("gopher-role")})
			return err
		},
		func() error {
			_, err := client.DeleteAccessKey(ctx, &iam.DeleteAccessKeyInput{UserName: aws.String("gopher-0"), AccessKeyId: aws.String(key)})
			return err
		},
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	for n := range 5 {
		if _, err := client.DeleteUser(ctx, &iam.DeleteUserInput{UserName: aws.String(fmt.Sprintf("gopher-%d", n))}); err != nil {
			return err
		}
	}
	left, err := client.ListUsers(ctx, &iam.ListUsersInput{PathPrefix: aws.String("/go/")})
	if err != nil {
		return err
	}
	seen["left"] = len(left.Users)
	return nil
}
