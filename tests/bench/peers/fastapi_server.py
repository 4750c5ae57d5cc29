"""FastAPI on uvicorn, the graph in its thread pool, nothing batched: what one writes in ten lines."""

import uvicorn
from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from graph import Graph, port, read

app = FastAPI()
graph = Graph()


@app.post("/")
async def infer(request: Request) -> Response:
    """Evaluate one request."""
    rows = [read(await request.body())]
    return Response((await run_in_threadpool(graph.run, rows))[0], media_type="application/octet-stream")


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=port(), log_level="warning", access_log=False)
