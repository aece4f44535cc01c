select {{ argument('last_date') }} - {{ argument('first_date') }} as days
