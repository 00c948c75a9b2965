package gatehouse;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.waiters.WaiterResponse;
import software.amazon.awssdk.services.iam.IamClient;
import software.amazon.awssdk.services.iam.model.EntityAlreadyExistsException;
import software.amazon.awssdk.services.iam.model.GetUserResponse;
import software.amazon.awssdk.services.iam.model.NoSuchEntityException;
import software.amazon.awssdk.services.sts.StsClient;
import software.amazon.awssdk.services.sts.auth.StsAssumeRoleCredentialsProvider;
import software.amazon.awssdk.services.sts.model.Credentials;

/** An IAM and STS life cycle with the AWS SDK for Java 2, unmodified; prints what it saw, a line a fact, for the test to judge. */
public final class LifeCycle {
  private static final String TRUST =
      "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"*\"},\"Action\":\"sts:AssumeRole\"}]}";
  private static final String READ_USERS =
      "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":[\"iam:GetUser\",\"iam:ListUsers\"],\"Resource\":\"*\"}]}";

  private final Map<String, String> seen = new TreeMap<>();

  public static void main(String[] arguments) {
    new LifeCycle().run();
  }

  private void run() {
    try (IamClient iam = IamClient.builder().build(); StsClient sts = StsClient.create()) {
      users(iam);
      role(iam, sts);
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
