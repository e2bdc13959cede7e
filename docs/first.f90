! Runs a scenario on an inventory and prints the emissions of its last year, by pollutant and of all rows.
program first
  use lantian
  implicit none
  type(lantian_inventory) :: base
  type(lantian_scenario) :: plan
  type(lantian_projection) :: run
  type(lantian_table) :: sums
  character(len=:), allocatable :: pollutants(:)
  double precision, pointer :: tonnes(:), emissions(:)
  character(len=1024) :: inventory_file, scenario_file
  integer :: i, status

  call get_command_argument(1, inventory_file)
  call get_command_argument(2, scenario_file)
  call base%read(inventory_file, status=status)
  if (status /= lantian_ok) then
    print '(a)', lantian_error_message()
    stop 1
  end if
  call plan%read(scenario_file)
  call run%run(base, plan)

  call run%summarise(lantian_by_pollutant, sums)
  call sums%texts('pollutant', pollutants)
  tonnes => sums%numbers('emission_t')
  do i = 1, sums%rows()
    print '(a, f10.1, a)', pollutants(i), tonnes(i), ' t'
  end do

  emissions => run%emissions(plan%last_year())
  print '(a, f10.1, a)', 'all', sum(emissions), ' t'
end program first
