from django.urls import path
from shop import views

urlpatterns = [
    path("health/", views.health),
    path("version/", views.version),
    path("orders/", views.orders),
]
