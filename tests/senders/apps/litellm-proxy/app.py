"""LiteLLM's proxy with its callback "otel": the app calls it with an OpenAI client that nothing instruments."""

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import openai
import scenario

served = {"model": f"openai/{scenario.MODEL}", "api_base": os.environ["OPENAI_BASE_URL"], "api_key": "none"}
config = {
    "model_list": [{"model_name": scenario.MODEL, "litellm_params": served}],
    "litellm_settings": {"callbacks": ["otel"]},
}
Path("config.yaml").write_text(json.dumps(config), encoding="utf-8")
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
command = [Path(sys.executable).with_name("litellm"), "--config", "config.yaml", "--host", "127.0.0.1"]
quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
proxy = subprocess.Popen([*command, "--port", str(port)], **quiet)
try:
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            break
        except OSError:
            time.sleep(0.5)
    client = openai.OpenAI(base_url=f"http://127.0.0.1:{port}/v1")
    metadata = {"session_id": scenario.SESSION, "tags": scenario.TAGS, **scenario.METADATA}

    def answer(question: str, history: list[dict]) -> str:
        found = scenario.search(question)
        options = {"user": scenario.USER, "extra_body": {"metadata": metadata}}
        return scenario.talk(client, question, history, found, **options)

    scenario.conversation(answer)
    time.sleep(10)
finally:
    proxy.terminate()
    proxy.wait(timeout=30)
