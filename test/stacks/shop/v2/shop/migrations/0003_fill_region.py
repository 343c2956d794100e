from django.db import migrations


def fill(apps, schema_editor):
    # Held, so that the store does not move while its orders are filled.
    store = apps.get_model("shop", "Store").objects.select_for_update().get()
    apps.get_model("shop", "Order").objects.filter(region__isnull=True).update(region=store.region)


class Migration(migrations.Migration):
    """In a transaction of its own, so that the table is not locked while rows are filled."""

    dependencies = [("shop", "0002_order_region")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
