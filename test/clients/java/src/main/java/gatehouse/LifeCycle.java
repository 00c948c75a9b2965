package gatehouse;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.waiters.WaiterResponse;
import software.amazon.awssdk.retries.api.BackoffStrategy;
import software.amazon.awssdk.services.iam.IamClient;
import software.amazon.awssdk.services.iam.model.AccessKey;
import software.amazon.awssdk.services.iam.model.DeleteConflictException;
import software.amazon.awssdk.services.iam.model.EntityAlreadyExistsException;
import software.amazon.awssdk.services.iam.model.GetUserResponse;
import software.amazon.awssdk.services.iam.model.LimitExceededException;
import software.amazon.awssdk.services.iam.model.MalformedPolicyDocumentException;
import software.amazon.awssdk.services.iam.model.NoSuchEntityException;
import software.amazon.awssdk.services.iam.model.Policy;
import software.amazon.awssdk.services.iam.model.PolicyScopeType;
import software.amazon.awssdk.services.iam.model.StatusType;
import software.amazon.awssdk.services.iam.waiters.IamWaiter;
import software.amazon.awssdk.services.sts.StsClient;
import software.amazon.awssdk.services.sts.auth.StsAssumeRoleCredentialsProvider;
import software.amazon.awssdk.services.sts.model.Credentials;
import software.amazon.awssdk.services.sts.model.GetFederationTokenResponse;
import software.amazon.awssdk.services.sts.model.Tag;

/** An IAM and STS life cycle with the AWS SDK for Java 2, unmodified; prints what it saw, a line a fact, for the test to judge. */
public final class LifeCycle {
  private static final String TRUST =
      "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"*\"},\"Action\":\"sts:AssumeRole\"}]}";
  private static final String READ_USERS =
      "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":[\"iam:GetUser\",\"iam:ListUsers\"],\"Resource\":\"*\"}]}";

  private static final String FEDERATE =
      "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":[\"sts:GetFederationToken\",\"sts:TagSession\",\"iam:ListUsers\"],\"Resource\":\"*\"}]}";

  private final Map<String, String> seen = new TreeMap<>();

  public static void main(String[] arguments) {
    new LifeCycle().run();
  }

  private void run() {
    try (IamClient iam = IamClient.builder().build(); StsClient sts = StsClient.create()) {
      users(iam);
      waiters(iam);
      policy(iam);
      role(iam, sts);
      federation(iam);
      sessionToken(sts);
      cleanUp(iam);
    }
    seen.forEach((what, value) -> System.out.println(what + "=" + value));
  }

  private void users(IamClient iam) {
    for (int n = 0; n < 5; n++) {
      String name = "bean-" + n;
      iam.createUser(request -> request.userName(name).path("/java/"));
    }
    WaiterResponse<GetUserResponse> waited = iam.waiter().waitUntilUserExists(request -> request.userName("bean-0"));
    seen.put("waiter", waited.matched().response().map(response -> response.user().arn()).orElse("no answer"));
    seen.put("exists", refusal(EntityAlreadyExistsException.class, () -> iam.createUser(request -> request.userName("bean-0"))));
    seen.put("missing", refusal(NoSuchEntityException.class, () -> iam.getUser(request -> request.userName("nobody"))));
    List<Integer> pages = new ArrayList<>();
    iam.listUsersPaginator(request -> request.pathPrefix("/java/").maxItems(2)).forEach(page -> pages.add(page.users().size()));
    seen.put("pages", pages.stream().map(String::valueOf).collect(Collectors.joining(" ")));
  }

  /** The other waiters of the service: role, instance profile, policy; and one that waits in vain. */
  private void waiters(IamClient iam) {
    IamWaiter waiter = iam.waiter();
    iam.createRole(request -> request.roleName("bean-awaited").assumeRolePolicyDocument(TRUST));
    iam.createInstanceProfile(request -> request.instanceProfileName("bean-profile"));
    String policy = iam.createPolicy(request -> request.policyName("bean-policy").policyDocument(READ_USERS)).policy().arn();
    waiter.waitUntilRoleExists(request -> request.roleName("bean-awaited"));
    waiter.waitUntilInstanceProfileExists(request -> request.instanceProfileName("bean-profile"));
    waiter.waitUntilPolicyExists(request -> request.policyArn(policy));
    try {
      waiter.waitUntilRoleExists(
          request -> request.roleName("nobody"),
          configuration -> configuration.backoffStrategyV2(BackoffStrategy.retryImmediately()).maxAttempts(2));
      seen.put("nobody to wait for", "there");
    } catch (SdkClientException problem) {
      seen.put("nobody to wait for", problem.getMessage());
    }
    iam.addRoleToInstanceProfile(request -> request.instanceProfileName("bean-profile").roleName("bean-awaited"));
    seen.put("role of a profile", refusal(DeleteConflictException.class, () -> iam.deleteRole(request -> request.roleName("bean-awaited"))));
    iam.removeRoleFromInstanceProfile(request -> request.instanceProfileName("bean-profile").roleName("bean-awaited"));
    iam.deleteInstanceProfile(request -> request.instanceProfileName("bean-profile"));
    iam.deleteRole(request -> request.roleName("bean-awaited"));
  }

  /** Versions up to the limit, the default among them, and what the policy is attached to. */
  private void policy(IamClient iam) {
    String arn = iam.listPolicies(request -> request.scope(PolicyScopeType.LOCAL)).policies().get(0).arn();
    for (int n = 0; n < 4; n++) iam.createPolicyVersion(request -> request.policyArn(arn).policyDocument(READ_USERS).setAsDefault(true));
    seen.put("sixth version", refusal(LimitExceededException.class, () -> iam.createPolicyVersion(request -> request.policyArn(arn).policyDocument(READ_USERS))));
    iam.attachUserPolicy(request -> request.userName("bean-1").policyArn(arn));
    iam.putUserPermissionsBoundary(request -> request.userName("bean-2").permissionsBoundary(arn));
    Policy policy = iam.getPolicy(request -> request.policyArn(arn)).policy();
    seen.put("policy", policy.defaultVersionId() + " " + policy.attachmentCount() + " " + policy.permissionsBoundaryUsageCount());
    seen.put("malformed", refusal(MalformedPolicyDocumentException.class, () -> iam.createPolicy(request -> request.policyName("no").policyDocument("{}"))));
    iam.detachUserPolicy(request -> request.userName("bean-1").policyArn(arn));
    iam.deleteUserPermissionsBoundary(request -> request.userName("bean-2"));
    iam.listPolicyVersionsPaginator(request -> request.policyArn(arn).maxItems(2)).versions().stream()
        .filter(version -> !version.isDefaultVersion())
        .forEach(version -> iam.deletePolicyVersion(request -> request.policyArn(arn).versionId(version.versionId())));
    iam.deletePolicy(request -> request.policyArn(arn));
  }

  /** A user's key, and a federated user of it, who has what both policies allow. */
  private void federation(IamClient iam) {
    AccessKey key = iam.createAccessKey(request -> request.userName("bean-3")).accessKey();
    iam.putUserPolicy(request -> request.userName("bean-3").policyName("federate").policyDocument(FEDERATE));
    try (StsClient own = StsClient.builder().credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create(key.accessKeyId(), key.secretAccessKey()))).build()) {
      GetFederationTokenResponse token = own.getFederationToken(request -> request.name("bean").policy(FEDERATE).tags(List.of(Tag.builder().key("team").value("shop").build())));
      seen.put("federated", token.federatedUser().arn());
      Credentials credentials = token.credentials();
      AwsSessionCredentials session = AwsSessionCredentials.create(credentials.accessKeyId(), credentials.secretAccessKey(), credentials.sessionToken());
      try (IamClient federated = IamClient.builder().credentialsProvider(StaticCredentialsProvider.create(session)).build()) {
        seen.put("federated users call no IAM", refusal(AwsServiceException.class, federated::listUsers));
      }
    }
    iam.updateAccessKey(request -> request.userName("bean-3").accessKeyId(key.accessKeyId()).status(StatusType.INACTIVE));
    iam.deleteAccessKey(request -> request.userName("bean-3").accessKeyId(key.accessKeyId()));
    iam.deleteUserPolicy(request -> request.userName("bean-3").policyName("federate"));
  }

  private void role(IamClient iam, StsClient sts) {
    String arn = iam.createRole(request -> request.roleName("bean-role").assumeRolePolicyDocument(TRUST)).role().arn();
    iam.putRolePolicy(request -> request.roleName("bean-role").policyName("read").policyDocument(READ_USERS));
    try (StsAssumeRoleCredentialsProvider provider =
            StsAssumeRoleCredentialsProvider.builder().stsClient(sts).refreshRequest(request -> request.roleArn(arn).roleSessionName("pod")).build();
        StsClient assumedSts = StsClient.builder().credentialsProvider(provider).build();
        IamClient assumedIam = IamClient.builder().credentialsProvider(provider).build()) {
      seen.put("assumed", assumedSts.getCallerIdentity().arn());
      seen.put("role lists", String.valueOf(assumedIam.listUsers(request -> request.pathPrefix("/java/")).users().size()));
      seen.put("role may not", refusal(AwsServiceException.class, () -> assumedIam.createUser(request -> request.userName("no"))));
    }
  }

  private void sessionToken(StsClient sts) {
    Credentials credentials = sts.getSessionToken(request -> request.durationSeconds(900)).credentials();
    long seconds = Duration.between(Instant.now(), credentials.expiration()).toSeconds();
    seen.put("session token lasts", seconds > 840 && seconds <= 900 ? "15 minutes" : seconds + " seconds");
  }

  private void cleanUp(IamClient iam) {
    iam.deleteRolePolicy(request -> request.roleName("bean-role").policyName("read"));
    iam.deleteRole(request -> request.roleName("bean-role"));
    for (int n = 0; n < 5; n++) {
      String name = "bean-" + n;
      iam.deleteUser(request -> request.userName(name));
    }
    seen.put("left", String.valueOf(iam.listUsers(request -> request.pathPrefix("/java/")).users().size()));
  }

  /** The code and status of a refusal, and whether the SDK made it the service's own exception. */
  private static String refusal(Class<? extends AwsServiceException> modeled, Runnable call) {
    try {
      call.run();
      return "not refused";
    } catch (AwsServiceException problem) {
      return problem.awsErrorDetails().errorCode() + " " + problem.statusCode() + " " + modeled.isInstance(problem);
    }
  }
}
