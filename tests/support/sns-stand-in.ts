/** Amazon's notices as SNS brings them, signed (version 2) with a certificate of our own. */
import { randomUUID, sign } from "node:crypto";
import type { CertificateFetcher } from "@core/sms/sns.ts";
import { makeCertificate } from "./certificate.ts";

export function startSns(region = "us-east-1") {
  const topicArn = `arn:aws:sns:${region}:123456789012:sms`;
  const { key, cert } = makeCertificate(`sns.${region}.amazonaws.com`, { rsa: true });
  const certificates: CertificateFetcher = async () => cert;

  /** The body of the request. `over`: what somebody changed after it was signed. */
  const notice = (message: object, { at = new Date(), over = {} as Record<string, string> } = {}): string => {
    const fields: Record<string, string> = {
      Message: JSON.stringify(message),
      MessageId: randomUUID(),
      Timestamp: at.toISOString(),
      TopicArn: topicArn,
      Type: "Notification",
    };
    const data = ["Message", "MessageId", "Timestamp", "TopicArn", "Type"].map((one) => `${one}\n${fields[one]}\n`);
    return JSON.stringify({
      ...fields,
      SignatureVersion: "2",
      Signature: sign("sha256", Buffer.from(data.join("")), key).toString("base64"),
      SigningCertURL: `https://sns.${region}.amazonaws.com/SimpleNotificationService-test.pem`,
      ...over,
    });
  };
  const inbound = (from: string, messageBody: string, inboundMessageId: string = randomUUID()) => ({
    originationNumber: from,
    destinationNumber: "+15550100000",
    messageKeyword: "KEYWORD",
    messageBody,
    inboundMessageId,
    previousPublishedMessageId: randomUUID(),
  });
  const report = (outboxId: string, eventType: string, messageId: string = randomUUID()) => ({
    eventType,
    eventVersion: "1.0",
    eventTimestamp: Date.now(),
    isFinal: eventType !== "TEXT_QUEUED" && eventType !== "TEXT_SENT",
    originationPhoneNumber: "+15550100000",
    messageId,
    messageStatus: eventType.slice(5),
    context: { outbox_id: outboxId },
  });
  return { topicArn, certificate: cert, certificates, notice, inbound, report };
}
