import os

import psycopg2
from fastapi import FastAPI, Response

app = FastAPI()


def asked(statement, *values):
    with psycopg2.connect(os.environ["DATABASE_URL"]) as connection, connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()


@app.get("/health")
def health(response: Response):
    try:
        return {"status": "ok", "notes": asked("SELECT count(*) FROM note")[0]}
    except psycopg2.Error:
        response.status_code = 503
        return {"status": "failing"}


@app.post("/notes", status_code=201)
def write(text: str):
    return {"id": asked("INSERT INTO note (text) VALUES (%s) RETURNING id", text)[0]}
