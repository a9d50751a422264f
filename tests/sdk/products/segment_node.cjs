// A product with Segment's SDK for Node: HOST KEY GZIP, then what it should do on each line.
const readline = require("node:readline");
const { Analytics } = require("@segment/analytics-node");

const [host, writeKey] = process.argv.slice(2);
const client = new Analytics({ host, writeKey, maxRetries: 20, flushAt: 10, flushInterval: 500 });
const context = { groupId: "acme" };

const commands = {
  // Make every call that the SDK offers; the result is how many events that is.
  calls() {
    client.identify({ userId: "ada", traits: { email: "ada@example.com", plan: "trial" } });
    client.identify({ anonymousId: "visitor", traits: { source: "search" } });
    client.group({ userId: "ada", groupId: "acme", traits: { name: "Example", plan: "trial" } });
    client.track({ userId: "ada", event: "Feature Used", properties: { k: 1 }, context });
    client.track({ anonymousId: "visitor", event: "Pricing Seen" });
    client.page({ userId: "ada", category: "Docs", name: "Home" });
    client.screen({ userId: "ada", category: "Docs", name: "Home" });
    client.alias({ userId: "ada", previousId: "visitor" });
    return 8;
  },
  events(number) {
    for (let sent = 0; sent < number; sent += 1) {
      client.track({ userId: "ada", event: "message_sent", properties: { characters: 12 }, context });
    }
  },
  // An event that no database can hold.
  poison() {
    client.track({ userId: "ada", event: "message_sent", properties: { text: "\0" } });
  },
};

readline
  .createInterface({ input: process.stdin })
  .on("line", (line) => {
    const [command, ...words] = line.split(" ");
    console.log(commands[command](...words.map(Number)));
  })
  .on("close", () => client.closeAndFlush({ timeout: 60_000 }));
