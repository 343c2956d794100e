from shop.models import Order


def place(item):
    return Order.objects.create(item=item, region="eu")
