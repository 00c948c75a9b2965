module gatehouse/gatehousetest

go 1.24
