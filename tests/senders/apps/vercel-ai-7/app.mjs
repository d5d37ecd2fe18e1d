/* Vercel AI SDK 7 with its OpenTelemetry integration: generateText or streamText, as MODE says. */

import { OpenTelemetry } from "@ai-sdk/otel";
import { createOpenAI } from "@ai-sdk/openai";
import { NodeSDK } from "@opentelemetry/sdk-node";
import { generateText, isStepCount, jsonSchema, registerTelemetry, streamText, tool } from "ai";

import { SCENARIO, conversation, grounded, orderStatus, search } from "./scenario.mjs";

const sdk = new NodeSDK();
sdk.start();
registerTelemetry(new OpenTelemetry({ runtimeContext: true }));
const model = createOpenAI()(SCENARIO.model);
const runtimeContext = {
  ...SCENARIO.metadata,
  sessionId: SCENARIO.session,
  userId: SCENARIO.user,
  tags: SCENARIO.tags,
  promptName: SCENARIO.prompt.name,
  promptVersion: SCENARIO.prompt.version,
};
const includeRuntimeContext = Object.fromEntries(Object.keys(runtimeContext).map((name) => [name, true]));
const telemetry = { functionId: "help-desk", includeRuntimeContext };
const tools = {
  [SCENARIO.tool.name]: tool({
    description: SCENARIO.tool.description,
    inputSchema: jsonSchema(SCENARIO.tool.parameters),
    execute: async ({ order_id }) => orderStatus(order_id),
  }),
};

async function answer(messages, question) {
  const instructions = grounded(search(question));
  const asked = { model, instructions, messages, tools, stopWhen: isStepCount(5), telemetry, runtimeContext };
  return process.env.MODE === "stream" ? await streamText(asked).text : (await generateText(asked)).text;
}

await conversation(answer);
await new Promise((done) => setTimeout(done, 200)); // streamText ends its root after its text
await sdk.shutdown();
