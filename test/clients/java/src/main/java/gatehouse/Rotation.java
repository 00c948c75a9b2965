package gatehouse;

import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.sts.StsClient;

/** Calls with the default credentials of the AWS SDK for Java 2, unmodified, for as many seconds as the argument says; prints what it saw as JSON for the test to judge. */
public final class Rotation {
  private static final long PAUSE_MILLISECONDS = 200;

  public static void main(String[] arguments) throws InterruptedException {
    Instant end = Instant.now().plusSeconds(Long.parseLong(arguments[0]));
    Set<String> keys = new HashSet<>();
    String arn = "";
    String failures = "";
    int calls = 0;
    try (DefaultCredentialsProvider credentials = DefaultCredentialsProvider.builder().build();
        StsClient sts = StsClient.builder().credentialsProvider(credentials).build()) {
      while (Instant.now().isBefore(end)) {
        arn = sts.getCallerIdentity().arn();
        keys.add(credentials.resolveCredentials().accessKeyId());
        calls++;
        Thread.sleep(PAUSE_MILLISECONDS);
      }
    } catch (SdkException problem) {
      failures = "\"" + problem.getMessage().replaceAll("[\\\\\"\n]", " ") + "\"";
    }
    System.out.printf("{\"arn\":\"%s\",\"calls\":%d,\"sessions\":%d,\"failures\":[%s]}%n", arn, calls, keys.size(), failures);
  }
}
