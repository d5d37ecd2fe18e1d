/* The help desk for apps in JavaScript: what scenario.py says, from the same file. */

import { readFileSync } from "node:fs";

export const SCENARIO = JSON.parse(readFileSync(new URL("scenario.json", import.meta.url), "utf-8"));
export const QUESTIONS = SCENARIO.turns.map((turn) => turn.question);

/** The passages that the knowledge base finds for a question: id, title, text and score, the best first. */
export function search(question) {
  const { found } = [...SCENARIO.turns, SCENARIO.failure].find((turn) => turn.question === question);
  return found.map((hit) => ({ ...SCENARIO.documents.find((document) => document.id === hit.id), score: hit.score }));
}

/** Where an order is, by its number. */
export function orderStatus(orderId) {
  const calls = SCENARIO.turns.filter((turn) => turn.call).map((turn) => turn.call);
  return calls.find((call) => call.arguments.order_id === orderId).output;
}

/** The system prompt with the passages pasted into it. */
export function grounded(passages) {
  return `${SCENARIO.system}\n\nPassages:\n\n${passages.map((passage) => passage.text).join("\n\n")}`;
}

/** Both turns of the session: `answer(messages, question)` gives each turn's answer; with HELP_DESK=failure one that fails. */
export async function conversation(answer) {
  if (process.env.HELP_DESK === "failure") {
    const { question } = SCENARIO.failure;
    const failed = await answer([{ role: "user", content: question }], question).then(() => false, () => true);
    if (!failed) throw new Error("the model call was to fail");
    return;
  }
  const history = [];
  for (const question of QUESTIONS) {
    history.push({ role: "user", content: question });
    history.push({ role: "assistant", content: await answer([...history], question) });
  }
}
