from django.conf import settings
from django.db import connection
from django.http import HttpResponseNotAllowed, JsonResponse

import redis

from shop.models import Order
from shop.placing import place

cache = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1) if settings.REDIS_URL else None


def health(request):
    """200 where the database and the cache answer, else 503."""
    found = {"database": True, "cache": True}
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception:
        found["database"] = False
    try:
        cache.ping()
    except Exception:
        found["cache"] = False
    well = all(found.values())
    return JsonResponse({"status": "ok" if well else "failing", **found}, status=200 if well else 503)


def version(request):
    return JsonResponse({"version": settings.RELEASE})


def orders(request):
    if request.method == "GET":
        try:
            cache.incr("looked")
        except redis.RedisError:
            pass  # a page is shown without its counter too
        return JsonResponse({"count": Order.objects.count()})
    if request.method == "POST":
        return JsonResponse({"id": place(request.body.decode()).id}, status=201)
    return HttpResponseNotAllowed(["GET", "POST"])
