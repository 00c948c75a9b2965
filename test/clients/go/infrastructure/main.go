// Makes the calls that infrastructure tools make, by aws-sdk-go-v2, unmodified: those of Terraform's aws provider on create, read, update, import and delete of
// IAM and EKS resources, and eksctl's for service accounts and access. Prints the code of each call's error, or "ok", as JSON for the test to judge.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	ekstypes "github.com/aws/aws-sdk-go-v2/service/eks/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
)

const trust = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":["ec2.amazonaws.com","eks.amazonaws.com"]},"Action":"sts:AssumeRole"}]}`
const allow = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:ListBucket","Resource":"*"}]}`

// step is one call of a tool: whose it is, and how it ended.
type step struct {
	Of     string `json:"of"`
	Call   string `json:"call"`
	Result string `json:"result"`
}

var seen []step

// note keeps how a call ended, and gives its answer on.
func note[T any](of, call string, answer T, err error) T {
	result := "ok"
	var api smithy.APIError
	if errors.As(err, &api) {
		result = api.ErrorCode()
	} else if err != nil {
		result = err.Error()
	}
	seen = append(seen, step{of, call, result})
	return answer
}

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	settings, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	identity := note1(sts.NewFromConfig(settings).GetCallerIdentity(ctx, nil))("provider", "GetCallerIdentity")
	iamClient := iam.NewFromConfig(settings)
	roles(ctx, iamClient)
	policies(ctx, iamClient, aws.ToString(identity.Account))
	users(ctx, iamClient)
	buckets(ctx, s3.NewFromConfig(settings, func(options *s3.Options) { options.UsePathStyle = true }))
	clusters(ctx, eks.NewFromConfig(settings), iamClient, cloudformation.NewFromConfig(settings), aws.ToString(identity.Account))
	if err := json.NewEncoder(os.Stdout).Encode(seen); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// note1 lets a call stand before what it is of.
func note1[T any](answer T, err error) func(of, call string) T {
	return func(of, call string) T { return note(of, call, answer, err) }
}

// roles is aws_iam_role, aws_iam_role_policy, aws_iam_role_policy_attachment and aws_iam_instance_profile.
func roles(ctx context.Context, client *iam.Client) {
	name, profile := aws.String("tf-role"), aws.String("tf-profile")
	of := "aws_iam_role"
	note1(client.CreateRole(ctx, &iam.CreateRoleInput{RoleName: name, AssumeRolePolicyDocument: aws.String(trust), MaxSessionDuration: aws.Int32(3600), Tags: []iamtypes.Tag{{Key: aws.String("a"), Value: aws.String("1")}}}))(of, "CreateRole")
	read := func() {
		note1(client.GetRole(ctx, &iam.GetRoleInput{RoleName: name}))(of, "GetRole")
		note1(client.ListRolePolicies(ctx, &iam.ListRolePoliciesInput{RoleName: name}))(of, "ListRolePolicies")
		note1(client.ListAttachedRolePolicies(ctx, &iam.ListAttachedRolePoliciesInput{RoleName: name}))(of, "ListAttachedRolePolicies")
	}
	read()
	note1(client.UpdateAssumeRolePolicy(ctx, &iam.UpdateAssumeRolePolicyInput{RoleName: name, PolicyDocument: aws.String(trust)}))(of, "UpdateAssumeRolePolicy")
	note1(client.UpdateRoleDescription(ctx, &iam.UpdateRoleDescriptionInput{RoleName: name, Description: aws.String("d")}))(of, "UpdateRoleDescription")
	note1(client.UpdateRole(ctx, &iam.UpdateRoleInput{RoleName: name, MaxSessionDuration: aws.Int32(7200)}))(of, "UpdateRole")
	note1(client.UntagRole(ctx, &iam.UntagRoleInput{RoleName: name, TagKeys: []string{"a"}}))(of, "UntagRole")
	note1(client.TagRole(ctx, &iam.TagRoleInput{RoleName: name, Tags: []iamtypes.Tag{{Key: aws.String("b"), Value: aws.String("2")}}}))(of, "TagRole")
	note1(client.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: name, PolicyName: aws.String("p"), PolicyDocument: aws.String(allow)}))("aws_iam_role_policy", "PutRolePolicy")
	note1(client.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: name, PolicyName: aws.String("p")}))("aws_iam_role_policy", "GetRolePolicy")
	readOnly := aws.String("arn:aws:iam::aws:policy/ReadOnlyAccess")
	note1(client.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: name, PolicyArn: readOnly}))("aws_iam_role_policy_attachment", "AttachRolePolicy")
	note1(client.CreateInstanceProfile(ctx, &iam.CreateInstanceProfileInput{InstanceProfileName: profile}))("aws_iam_instance_profile", "CreateInstanceProfile")
	note1(client.AddRoleToInstanceProfile(ctx, &iam.AddRoleToInstanceProfileInput{InstanceProfileName: profile, RoleName: name}))("aws_iam_instance_profile", "AddRoleToInstanceProfile")
	note1(client.GetInstanceProfile(ctx, &iam.GetInstanceProfileInput{InstanceProfileName: profile}))("aws_iam_instance_profile", "GetInstanceProfile")
	read()
	note1(client.RemoveRoleFromInstanceProfile(ctx, &iam.RemoveRoleFromInstanceProfileInput{InstanceProfileName: profile, RoleName: name}))("aws_iam_instance_profile", "RemoveRoleFromInstanceProfile")
	note1(client.DeleteInstanceProfile(ctx, &iam.DeleteInstanceProfileInput{InstanceProfileName: profile}))("aws_iam_instance_profile", "DeleteInstanceProfile")
	note1(client.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: name, PolicyArn: readOnly}))("aws_iam_role_policy_attachment", "DetachRolePolicy")
	note1(client.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: name, PolicyName: aws.String("p")}))("aws_iam_role_policy", "DeleteRolePolicy")
	note1(client.ListInstanceProfilesForRole(ctx, &iam.ListInstanceProfilesForRoleInput{RoleName: name}))(of, "ListInstanceProfilesForRole")
	note1(client.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: name}))(of, "DeleteRole")
	note1(client.GetRole(ctx, &iam.GetRoleInput{RoleName: name}))(of, "GetRole, gone")
}

// policies is aws_iam_policy and aws_iam_openid_connect_provider.
func policies(ctx context.Context, client *iam.Client, account string) {
	of := "aws_iam_policy"
	arn := aws.String("arn:aws:iam::" + account + ":policy/tf-policy")
	note1(client.CreatePolicy(ctx, &iam.CreatePolicyInput{PolicyName: aws.String("tf-policy"), PolicyDocument: aws.String(allow)}))(of, "CreatePolicy")
	note1(client.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: arn}))(of, "GetPolicy")
	note1(client.GetPolicyVersion(ctx, &iam.GetPolicyVersionInput{PolicyArn: arn, VersionId: aws.String("v1")}))(of, "GetPolicyVersion")
	note1(client.CreatePolicyVersion(ctx, &iam.CreatePolicyVersionInput{PolicyArn: arn, PolicyDocument: aws.String(allow), SetAsDefault: true}))(of, "CreatePolicyVersion")
	note1(client.ListPolicyVersions(ctx, &iam.ListPolicyVersionsInput{PolicyArn: arn}))(of, "ListPolicyVersions")
	note1(client.DeletePolicyVersion(ctx, &iam.DeletePolicyVersionInput{PolicyArn: arn, VersionId: aws.String("v1")}))(of, "DeletePolicyVersion")
	note1(client.DeletePolicy(ctx, &iam.DeletePolicyInput{PolicyArn: arn}))(of, "DeletePolicy")
	note1(client.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: arn}))(of, "GetPolicy, gone")
}

// users is aws_iam_user, aws_iam_access_key and aws_iam_group_membership.
func users(ctx context.Context, client *iam.Client) {
	name, group := aws.String("tf-user"), aws.String("tf-group")
	of := "aws_iam_user"
	note1(client.CreateUser(ctx, &iam.CreateUserInput{UserName: name}))(of, "CreateUser")
	note1(client.GetUser(ctx, &iam.GetUserInput{UserName: name}))(of, "GetUser")
	note1(client.CreateGroup(ctx, &iam.CreateGroupInput{GroupName: group}))("aws_iam_group", "CreateGroup")
	note1(client.AddUserToGroup(ctx, &iam.AddUserToGroupInput{UserName: name, GroupName: group}))("aws_iam_group_membership", "AddUserToGroup")
	note1(client.GetGroup(ctx, &iam.GetGroupInput{GroupName: group}))("aws_iam_group_membership", "GetGroup")
	key := note1(client.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: name}))("aws_iam_access_key", "CreateAccessKey")
	note1(client.ListAccessKeys(ctx, &iam.ListAccessKeysInput{UserName: name}))("aws_iam_access_key", "ListAccessKeys")
	note1(client.DeleteAccessKey(ctx, &iam.DeleteAccessKeyInput{UserName: name, AccessKeyId: key.AccessKey.AccessKeyId}))("aws_iam_access_key", "DeleteAccessKey")
	note1(client.RemoveUserFromGroup(ctx, &iam.RemoveUserFromGroupInput{UserName: name, GroupName: group}))("aws_iam_group_membership", "RemoveUserFromGroup")
	note1(client.DeleteGroup(ctx, &iam.DeleteGroupInput{GroupName: group}))("aws_iam_group", "DeleteGroup")
	note1(client.DeleteUser(ctx, &iam.DeleteUserInput{UserName: name}))(of, "DeleteUser")
	note1(client.GetUser(ctx, &iam.GetUserInput{UserName: name}))(of, "GetUser, gone")
}

// buckets is what aws_s3_bucket reads back.
func buckets(ctx context.Context, client *s3.Client) {
	of, name := "aws_s3_bucket", aws.String("tf-bucket")
	note1(client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: name}))(of, "CreateBucket")
	note1(client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: name}))(of, "HeadBucket")
	note1(client.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: name}))(of, "GetBucketPolicy")
	note1(client.GetBucketAcl(ctx, &s3.GetBucketAclInput{Bucket: name}))(of, "GetBucketAcl")
	note1(client.GetBucketCors(ctx, &s3.GetBucketCorsInput{Bucket: name}))(of, "GetBucketCors")
	note1(client.GetBucketWebsite(ctx, &s3.GetBucketWebsiteInput{Bucket: name}))(of, "GetBucketWebsite")
	note1(client.GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: name}))(of, "GetBucketVersioning")
	note1(client.GetBucketAccelerateConfiguration(ctx, &s3.GetBucketAccelerateConfigurationInput{Bucket: name}))(of, "GetBucketAccelerateConfiguration")
	note1(client.GetBucketRequestPayment(ctx, &s3.GetBucketRequestPaymentInput{Bucket: name}))(of, "GetBucketRequestPayment")
	note1(client.GetBucketLogging(ctx, &s3.GetBucketLoggingInput{Bucket: name}))(of, "GetBucketLogging")
	note1(client.GetBucketLifecycleConfiguration(ctx, &s3.GetBucketLifecycleConfigurationInput{Bucket: name}))(of, "GetBucketLifecycleConfiguration")
	note1(client.GetBucketReplication(ctx, &s3.GetBucketReplicationInput{Bucket: name}))(of, "GetBucketReplication")
	note1(client.GetBucketEncryption(ctx, &s3.GetBucketEncryptionInput{Bucket: name}))(of, "GetBucketEncryption")
	note1(client.GetObjectLockConfiguration(ctx, &s3.GetObjectLockConfigurationInput{Bucket: name}))(of, "GetObjectLockConfiguration")
	note1(client.GetBucketLocation(ctx, &s3.GetBucketLocationInput{Bucket: name}))(of, "GetBucketLocation")
	note1(client.GetBucketTagging(ctx, &s3.GetBucketTaggingInput{Bucket: name}))(of, "GetBucketTagging")
	note1(client.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: name}))(of, "DeleteBucket")
}

// clusters is aws_eks_cluster, and eksctl's flows on it.
func clusters(ctx context.Context, client *eks.Client, iamClient *iam.Client, stacks *cloudformation.Client, account string) {
	of, name := "aws_eks_cluster", aws.String("tf-cluster")
	role := note1(iamClient.CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String("tf-cluster-role"), AssumeRolePolicyDocument: aws.String(trust)}))(of, "CreateRole")
	note1(client.CreateCluster(ctx, &eks.CreateClusterInput{Name: name, RoleArn: role.Role.Arn, ResourcesVpcConfig: &ekstypes.VpcConfigRequest{SubnetIds: []string{"subnet-0a1b2c3d", "subnet-1a2b3c4d"}}, AccessConfig: &ekstypes.CreateAccessConfigRequest{AuthenticationMode: ekstypes.AuthenticationModeApiAndConfigMap}}))(of, "CreateCluster")
	err := eks.NewClusterActiveWaiter(client, func(options *eks.ClusterActiveWaiterOptions) {
		options.MinDelay, options.MaxDelay = time.Second, time.Second
	}).Wait(ctx, &eks.DescribeClusterInput{Name: name}, time.Minute)
	note(of, "ClusterActiveWaiter", 0, err)
	described := note1(client.DescribeCluster(ctx, &eks.DescribeClusterInput{Name: name}))(of, "DescribeCluster")

	of = "eksctl utils associate-iam-oidc-provider"
	issuer := described.Cluster.Identity.Oidc.Issuer
	provider := "arn:aws:iam::" + account + ":oidc-provider/" + (*issuer)[len("https://"):]
	note1(iamClient.GetOpenIDConnectProvider(ctx, &iam.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: aws.String(provider)}))(of, "GetOpenIDConnectProvider, none")
	note1(iamClient.CreateOpenIDConnectProvider(ctx, &iam.CreateOpenIDConnectProviderInput{Url: issuer, ClientIDList: []string{"sts.amazonaws.com"}}))(of, "CreateOpenIDConnectProvider")
	note1(iamClient.GetOpenIDConnectProvider(ctx, &iam.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: aws.String(provider)}))(of, "GetOpenIDConnectProvider")

	of = "eksctl create iamserviceaccount"
	stack := aws.String("eksctl-tf-cluster-addon-iamserviceaccount-default-reader")
	body := `{"Resources":{"Role1":{"Type":"AWS::IAM::Role","Properties":{"AssumeRolePolicyDocument":{"Version":"2012-10-17","Statement":[{"Action":["sts:AssumeRoleWithWebIdentity"],"Effect":"Allow","Principal":{"Federated":"` + provider + `"}}]},"ManagedPolicyArns":["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"]}}},"Outputs":{"Role1":{"Value":{"Fn::GetAtt":"Role1.Arn"}}}}`
	note1(stacks.ListStacks(ctx, &cloudformation.ListStacksInput{}))(of, "ListStacks")
	note1(stacks.CreateStack(ctx, &cloudformation.CreateStackInput{StackName: stack, TemplateBody: aws.String(body), Capabilities: []cftypes.Capability{cftypes.CapabilityCapabilityIam}, Tags: []cftypes.Tag{{Key: aws.String("alpha.eksctl.io/cluster-name"), Value: name}}}))(of, "CreateStack")
	err = cloudformation.NewStackCreateCompleteWaiter(stacks, func(options *cloudformation.StackCreateCompleteWaiterOptions) {
		options.MinDelay, options.MaxDelay = time.Second, time.Second
	}).Wait(ctx, &cloudformation.DescribeStacksInput{StackName: stack}, time.Minute)
	note(of, "StackCreateCompleteWaiter", 0, err)
	note1(stacks.DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: stack}))(of, "DescribeStacks")
	note1(stacks.GetTemplate(ctx, &cloudformation.GetTemplateInput{StackName: stack}))(of, "GetTemplate")
	note1(stacks.DeleteStack(ctx, &cloudformation.DeleteStackInput{StackName: stack}))(of, "DeleteStack")

	of = "eksctl create accessentry"
	note1(client.CreateAccessEntry(ctx, &eks.CreateAccessEntryInput{ClusterName: name, PrincipalArn: role.Role.Arn, KubernetesGroups: []string{"viewers"}}))(of, "CreateAccessEntry")
	view := aws.String("arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy")
	note1(client.AssociateAccessPolicy(ctx, &eks.AssociateAccessPolicyInput{ClusterName: name, PrincipalArn: role.Role.Arn, PolicyArn: view, AccessScope: &ekstypes.AccessScope{Type: ekstypes.AccessScopeTypeCluster}}))(of, "AssociateAccessPolicy")
	note1(client.ListAccessEntries(ctx, &eks.ListAccessEntriesInput{ClusterName: name}))(of, "ListAccessEntries")
	note1(client.DescribeAccessEntry(ctx, &eks.DescribeAccessEntryInput{ClusterName: name, PrincipalArn: role.Role.Arn}))(of, "DescribeAccessEntry")
	note1(client.ListAssociatedAccessPolicies(ctx, &eks.ListAssociatedAccessPoliciesInput{ClusterName: name, PrincipalArn: role.Role.Arn}))(of, "ListAssociatedAccessPolicies")
	note1(client.DeleteAccessEntry(ctx, &eks.DeleteAccessEntryInput{ClusterName: name, PrincipalArn: role.Role.Arn}))(of, "DeleteAccessEntry")

	of = "eksctl get"
	note1(client.ListClusters(ctx, &eks.ListClustersInput{}))(of, "ListClusters")
	note1(client.ListNodegroups(ctx, &eks.ListNodegroupsInput{ClusterName: name}))(of, "ListNodegroups")
	note1(client.ListAddons(ctx, &eks.ListAddonsInput{ClusterName: name}))(of, "ListAddons")
	note1(client.ListPodIdentityAssociations(ctx, &eks.ListPodIdentityAssociationsInput{ClusterName: name}))(of, "ListPodIdentityAssociations")
	note1(client.DeleteCluster(ctx, &eks.DeleteClusterInput{Name: name}))("aws_eks_cluster", "DeleteCluster")
}
