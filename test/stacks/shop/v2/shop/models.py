from django.db import models


class Order(models.Model):
    item = models.CharField(max_length=100)
    placed = models.DateTimeField(auto_now_add=True)
    region = models.CharField(max_length=20, null=True)


class Store(models.Model):
    region = models.CharField(max_length=20)
