"""A private model endpoint of the test: what a chat server says, with tools, schemas, streams, errors and a slow answer."""
import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CUT = []


class Endpoint(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def say(self, status, body):
        data = json.dumps(body, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        if self.path == "/cut":
            return self.say(200, {"cut": len(CUT)})
        self.say(200, {"object": "list", "data": [{"id": "mock", "object": "model", "owned_by": "vllm"}]})

    def piece(self, value):
        data = f"data: {value}\n\n".encode()
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        said = request["messages"][-1]["content"]
        head = {"id": "chatcmpl-1", "created": 1795460000, "model": "mock"}
        if "cause an error" in said:
            return self.say(400, {"error": {"message": "maximum context length is 4096 tokens", "type": "BadRequestError", "code": 400}})
        if request.get("tools"):
            call = {"id": "call_1", "type": "function", "function": {"name": request["tools"][0]["function"]["name"], "arguments": json.dumps({"city": "成都"}, ensure_ascii=False)}}
            message, finish = {"role": "assistant", "content": None, "tool_calls": [call]}, "tool_calls"
        elif request.get("response_format"):
            message, finish = {"role": "assistant", "content": json.dumps({"months": 6})}, "stop"
        else:
            message, finish = {"role": "assistant", "content": f"您说：{said}。试用期最长六个月😀。"}, "stop"
        usage = {"prompt_tokens": 9, "completion_tokens": 7, "total_tokens": 16}
        if not request.get("stream"):
            return self.say(200, {**head, "object": "chat.completion", "choices": [{"index": 0, "message": message, "finish_reason": finish}], "usage": usage})
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        chunk = lambda delta, finish=None: self.piece(json.dumps({**head, "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}))
        try:
            if "slowly" in said:
                for _ in range(600):
                    chunk({"content": "一二三四五六七八九十。" * 20})
                    time.sleep(0.05)
            if message.get("tool_calls"):
                call = message["tool_calls"][0]
                chunk({"role": "assistant", "tool_calls": [{"index": 0, "id": call["id"], "type": "function", "function": {"name": call["function"]["name"], "arguments": ""}}]})
                for letter in call["function"]["arguments"]:
                    chunk({"tool_calls": [{"index": 0, "function": {"arguments": letter}}]})
            else:
                for letter in message["content"]:
                    chunk({"content": letter})
            chunk({}, finish)
            self.piece(json.dumps({**head, "object": "chat.completion.chunk", "choices": [], "usage": usage}))
            self.piece("[DONE]")
            self.wfile.write(b"0\r\n\r\n")
        except (BrokenPipeError, ConnectionResetError):
            CUT.append(1)
            self.close_connection = True


server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
server.daemon_threads = True
print(f"listening on http://127.0.0.1:{server.server_port}", flush=True)
sys.stdout.flush()
server.serve_forever()
