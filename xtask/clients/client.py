"""The official OpenAI client for Python against the gateway: streams, errors, tools, schemas, cancel, unicode, vectors."""
import json
import os
import time
import urllib.request

import openai

client = openai.OpenAI(base_url=os.environ["BASE_URL"] + "/v1", api_key=os.environ["KEY"], max_retries=0, timeout=60)
ask = lambda text, **more: client.chat.completions.create(model="chat", messages=[{"role": "user", "content": text}], **more)

names = {model.id for model in client.models.list()}
assert {"chat", "scenario:policy_consultation", "shuzheng-embedding"} <= names, names

text = "你好，𠮷野家🐼 13800138000"
answer = ask(text)
assert text in answer.choices[0].message.content and "😀" in answer.choices[0].message.content, answer
assert answer.usage.total_tokens == 16 and answer.choices[0].finish_reason == "stop"

pieces = list(ask(text, stream=True, stream_options={"include_usage": True}))
said = "".join(piece.choices[0].delta.content or "" for piece in pieces if piece.choices)
assert said == answer.choices[0].message.content, said
assert pieces[-1].usage.prompt_tokens == 9 and not pieces[-1].choices

tools = [{"type": "function", "function": {"name": "weather", "description": "weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}}]
call = ask("weather?", tools=tools).choices[0].message.tool_calls[0]
assert call.function.name == "weather" and json.loads(call.function.arguments) == {"city": "成都"}
with client.chat.completions.stream(model="chat", messages=[{"role": "user", "content": "weather?"}], tools=tools) as stream:
    for _ in stream:
        pass
    call = stream.get_final_completion().choices[0].message.tool_calls[0]
assert json.loads(call.function.arguments) == {"city": "成都"}, call

schema = {"type": "json_schema", "json_schema": {"name": "term", "schema": {"type": "object", "properties": {"months": {"type": "integer"}}}, "strict": True}}
assert json.loads(ask("how long?", response_format=schema).choices[0].message.content) == {"months": 6}


def refused(kind, call, code):
    try:
        call()
    except kind as error:
        assert error.code == code, (error.code, code, error)
        return
    raise AssertionError(f"{code}: no error")


refused(openai.BadRequestError, lambda: ask("cause an error"), "models.rejected")
refused(openai.BadRequestError, lambda: ask("x", logprobs=True), "models.bad_request")
refused(openai.NotFoundError, lambda: client.chat.completions.create(model="nowhere", messages=[{"role": "user", "content": "x"}]), "models.no_route")
refused(openai.AuthenticationError, lambda: openai.OpenAI(base_url=client.base_url, api_key="sk-wrong", max_retries=0).models.list(), "identity.session_over")

vectors = client.embeddings.create(model="shuzheng-embedding", input=["房东不退押金怎么办", "租房押金"])
assert len(vectors.data) == 2 and len(vectors.data[0].embedding) == len(vectors.data[1].embedding) > 10

answer = client.chat.completions.create(model="scenario:policy_consultation", messages=[{"role": "user", "content": "试用期最长可以约定多久？"}])
assert answer.choices[0].message.content and answer.shuzheng["status"] in ("released", "in_review", "refused"), answer

# A client that goes away stops the model.
stream = ask("answer slowly", stream=True)
next(iter(stream))
stream.close()
for _ in range(100):
    if json.load(urllib.request.urlopen(os.environ["UPSTREAM"] + "/cut"))["cut"] > 0:
        break
    time.sleep(0.1)
else:
    raise AssertionError("the model went on after its client had gone")
print("openai for Python", openai.__version__, "is served")
