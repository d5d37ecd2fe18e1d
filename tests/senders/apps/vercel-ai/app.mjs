/* Vercel AI SDK with its telemetry: generateText, streamText or generateObject, as MODE says. */

import { createOpenAI } from "@ai-sdk/openai";
import { NodeSDK } from "@opentelemetry/sdk-node";
import { generateObject, generateText, jsonSchema, stepCountIs, streamText, tool } from "ai";

import { SCENARIO, conversation, grounded, orderStatus, search } from "./scenario.mjs";

const sdk = new NodeSDK();
sdk.start();
const model = createOpenAI()(SCENARIO.model);
const experimental_telemetry = {
  isEnabled: true,
  functionId: "help-desk",
  metadata: {
    ...SCENARIO.metadata,
    sessionId: SCENARIO.session,
    userId: SCENARIO.user,
    tags: SCENARIO.tags,
    promptName: SCENARIO.prompt.name,
    promptVersion: SCENARIO.prompt.version,
  },
};
const tools = {
  [SCENARIO.tool.name]: tool({
    description: SCENARIO.tool.description,
    inputSchema: jsonSchema(SCENARIO.tool.parameters),
    execute: async ({ order_id }) => orderStatus(order_id),
  }),
};

async function answer(messages, question) {
  const system = grounded(search(question));
  const asked = { model, system, messages, tools, stopWhen: stepCountIs(5), experimental_telemetry };
  return process.env.MODE === "stream" ? await streamText(asked).text : (await generateText(asked)).text;
}

if (process.env.MODE === "object") {
  const { question, schema } = SCENARIO.triage;
  const asked = { model, system: SCENARIO.system, prompt: question, schema: jsonSchema(schema), experimental_telemetry };
  await generateObject(asked);
} else {
  await conversation(answer);
}
await new Promise((done) => setTimeout(done, 200)); // streamText ends its root after its text
await sdk.shutdown();
